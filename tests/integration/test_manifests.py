"""An integration's manifest says what its class says."""

from pathlib import Path

import yaml

from poruchik.plugins import Plugins

INTEGRATIONS = Path(__file__).parents[2] / "integrations"


def test_manifests_agree_with_the_capabilities() -> None:
    connectors = Plugins().connectors()
    manifests = {
        data["connector"]: data
        for path in INTEGRATIONS.glob("*/manifest.yaml")
        if (data := yaml.safe_load(path.read_text(encoding="utf-8")))
    }
    assert set(manifests) == set(connectors)
    for name, manifest in manifests.items():
        capabilities = connectors[name].capabilities  # type: ignore[attr-defined]
        assert manifest["capabilities"] == {
            field: getattr(capabilities, field) for field in capabilities.__dataclass_fields__
        }
