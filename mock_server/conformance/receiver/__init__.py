"""`check receiver`: judges somebody's receiver of webhooks, case by case."""
