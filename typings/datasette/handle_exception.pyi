from types import ModuleType

rich: ModuleType | None
