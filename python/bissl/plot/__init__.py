"""Pictures for notebooks and reports, as matplotlib figures that are returned, not shown. Needs matplotlib."""

from .views import views

__all__ = ["views"]
