// The main function of a plugin's tests: loads the plugin, and finds those that come with Clipwork.

#include <clipwork/host/registry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  try {
    const std::filesystem::path plugin = CLIPWORK_PLUGIN_FILE;
    clipwork::Registry::instance().load(plugin);
    clipwork::Registry::instance().load_search_path({plugin.parent_path(), CLIPWORK_PLUGINS});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
  return RUN_ALL_TESTS();
}
