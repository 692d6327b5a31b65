class DatasetteError(Exception):
    def __init__(
        self,
        message: str,
        title: str | None = None,
        error_dict: dict[str, object] | None = None,
        status: int = 500,
        template: str | None = None,
        message_is_html: bool = False,
    ) -> None: ...
