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
        lines.append(f"setting {field}: {detail['msg']}{shown}")
    return "\n".join(lines)
