"""The language of the policies: vocabulary → source → check → parse → lint → load."""
