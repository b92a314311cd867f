"""The icons as SVG, drawn in a 24 by 24 box with a 2 px stroke.

Octagon, triangle, diamond and the circle with a tick are reserved for the levels and for "done".
"""

# ruff: noqa: E501
ICONS = {
    "arrived": '<path d="M12 21.5s7-6.3 7-11.8a7 7 0 0 0-14 0c0 5.5 7 11.8 7 11.8z"/><circle cx="12" cy="9.7" r="2.3"/>',
    "back": '<path d="m14.5 5-7 7 7 7"/>',
    "calendar": '<path d="M4 5h16v16H4zM4 10h16M8.5 2.5V7M15.5 2.5V7"/>',
    "caution": '<path d="M12 2.2 21.8 12 12 21.8 2.2 12z"/><path d="M12 7.8v5M12 15.9v.1"/>',
    "clear": '<circle cx="12" cy="12" r="9.5"/><path d="m7.8 12.4 2.9 2.9 5.6-6"/>',
    "clock": '<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.2"/>',
    "document": '<path d="M6 2.5h8.5L19 7v14.5H6zM9.5 12h6M9.5 16h6"/>',
    "download": '<path d="M12 4v12M6.5 11l5.5 5.5 5.5-5.5M5 20.5h14"/>',
    "first": '<path d="M5 20V4M5 4.5h11l-2 4 2 4H5"/>',
    "forward": '<path d="m9.5 5 7 7-7 7"/>',
    "hold": '<path d="M7 2.5h10M7 21.5h10M8 2.5c0 5 8 5.5 8 9.5s-8 4.5-8 9.5M16 2.5c0 5-8 5.5-8 9.5s8 4.5 8 9.5"/>',
    "lock": '<path d="M5.5 10.5h13v10h-13zM8 10.5V7.5a4 4 0 0 1 8 0v3"/>',
    "mail": '<path d="M3 5.5h18v13H3zM3 6.5l9 7 9-7"/>',
    "minus": '<circle cx="12" cy="12" r="9.5"/><path d="M8 12h8"/>',
    "pause": '<circle cx="12" cy="12" r="9.5"/><path d="M9.7 8.7v6.6M14.3 8.7v6.6"/>',
    "phone": '<path d="M6.5 3h3l1.7 4.6-2.2 1.6a12 12 0 0 0 5.8 5.8l1.6-2.2L21 14.5v3A3.5 3.5 0 0 1 17.5 21 14.5 14.5 0 0 1 3 6.5 3.5 3.5 0 0 1 6.5 3z"/>',
    "print": '<path d="M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z"/>',
    "red": '<path d="M12 3 22 20.5H2z"/><path d="M12 10v4.5M12 17.4v.1"/>',
    "run": '<circle cx="13" cy="4" r="1.8"/><path d="m9 21 2.5-6 3 2.5V21M11.5 15l1-6.5 3 3H18M12.5 8.5 9 10.5V14"/>',
    "talk": '<path d="M4 4.5h16v11.5h-9L6.5 20v-4H4z"/>',
    "urgent": '<path d="M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2z"/><path d="M12 7.5v5.5M12 16.5v.1"/>',
}
