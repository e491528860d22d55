# ui: what the user sees while something runs.
noinst_LIBRARIES += libui.a
libui_a_SOURCES = src/ui/ui.c src/ui/ui.h
