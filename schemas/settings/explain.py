"""What pydantic found wrong with settings, in lines for a person."""

from pydantic import ValidationError


def explain(error: ValidationError) -> str:
    """Return one line a fault: the field, what is wrong with it, what was given."""
    lines = []
    for detail in error.errors(include_url=False):
        field = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            lines.append(f"setting {field}: unknown name; correct or remove it")
            continue
        given = detail["input"]
        shown = f" (given: {given!r})" if not isinstance(given, dict) else ""
        words = detail["msg"].removeprefix("Value error, ")
        # What several settings together break has no field of its own.
        lines.append(f"setting {field}: {words}{shown}" if field else f"{words}{shown}")
    return "\n".join(lines)
