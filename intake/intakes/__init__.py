"""One form's life: answer, send, correct, ask again."""
