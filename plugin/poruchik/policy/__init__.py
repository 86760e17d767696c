"""Policies as their authors write them: vocabulary → source → check → parse → lint → cases."""
