# -*- Python -*-
import lit.formats

config.name = "Mirage-Unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.test_source_root = config.test_exec_root = config.mirage_unit_root
