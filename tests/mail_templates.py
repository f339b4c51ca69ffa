"""From which template each mail was written: what leaves does not say it."""

from __future__ import annotations

from dataclasses import dataclass, field

import jinja2


@dataclass
class Templates:
    """Remembers what each template of a mail wrote."""

    written: dict[str, str] = field(default_factory=dict)

    def name_of(self, html: str) -> str:
        """Return the name of the template that wrote this: « scheduling/booked »."""
        name = self.written.get(html, "unknown template")
        return name.removeprefix("emails/").removesuffix(".html")


def watch(monkeypatch) -> Templates:
    """Look at what Jinja renders for as long as the test runs."""
    templates, render = Templates(), jinja2.Template.render

    def note(template, *args, **values):
        text = render(template, *args, **values)
        if template.name and template.name.startswith("emails/"):
            templates.written[text] = template.name
        return text

    monkeypatch.setattr(jinja2.Template, "render", note)
    return templates
