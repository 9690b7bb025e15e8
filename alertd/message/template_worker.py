"""The process of templates: `python -m alertd.message.template_worker CONFIG_DIR` renders what it is asked for."""

import sys
from pathlib import Path

from alertd.errors import Code
from alertd.message.render import Answer, Question, Template, TemplateRefused, user_loader
from alertd.message.template_process import CHARACTERS_AT_MOST, serve


def main(config_dir: Path) -> None:
    """Answer with the text of one form, or with why it is refused, until nobody asks any more."""
    templates: dict[str, Template] = {}

    def answer(question: object) -> object:
        assert isinstance(question, Question)  # noqa: S101  nobody asks anything else
        try:
            if question.form not in templates:
                templates[question.form] = Template(user_loader(config_dir), question.form, sandboxed=True)
            text = templates[question.form].render(question.facts)
        except TemplateRefused as refused:
            return Answer(None, refused.code, refused.message, refused.line)
        if len(text) > CHARACTERS_AT_MOST:
            return Answer(None, Code.SYNTAX, f"it writes more than {CHARACTERS_AT_MOST} characters", 1)
        return Answer(text)

    serve(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
