// error: this text is too long for the plugin's note
#include <clipwork/plugin_note.h>

constinit const auto kNote = clipwork::make_plugin_note(
    "nearest_mask", "1.0.0-of-a-branch-whose-name-is-a-sentence", "", "cpu/0");
