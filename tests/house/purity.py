"""The import contract of pure modules, which it finds by their marker."""

from importlib.util import find_spec
from pathlib import Path

from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain import fields
from importlinter.domain.imports import ModuleExpression

# A module with this line is pure. The line is also one for mypy, which allows no `Any` there.
MARKER = "# mypy: disallow-any-explicit"


class PureContract(ForbiddenContract):
    """Modules with the marker import none of the forbidden modules, directly or indirectly.

    `least` is the number of such modules there must be, so that the contract cannot pass by finding
    none.
    """

    type_name = "pure"

    source_modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)
    least = fields.IntegerField()

    def check(self, graph, verbose):
        marked = marked_modules(self.session_options["root_packages"])
        if len(marked) < self.least:
            raise ValueError(f"Only {len(marked)} modules are marked pure, not {self.least}.")
        self.source_modules = {ModuleExpression(name) for name in marked}
        # Only the marked modules: others in the same package need not be pure.
        self.as_packages = False
        return super().check(graph, verbose)


def marked_modules(packages: list[str]) -> set[str]:
    """Return the names of all modules with the marker in these packages."""
    return {
        name
        for package in packages
        for name, path in modules_of(package)
        if MARKER in path.read_text().splitlines()
    }


def modules_of(package: str) -> list[tuple[str, Path]]:
    """Return the name and the file of each module in a package, at any depth."""
    folder = Path(find_spec(package).origin).parent
    paths = [(path.relative_to(folder.parent), path) for path in folder.rglob("*.py")]
    return [
        (".".join(short.with_suffix("").parts).removesuffix(".__init__"), path)
        for short, path in paths
    ]
