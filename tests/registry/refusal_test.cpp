// Plugins that must be refused: the reason has both sides and an advice, no code runs where bytes
// can tell, and the program goes on with the components it had.

#include <ATen/Parallel.h>
#include <clipwork/error.h>
#include <clipwork/host/plugin_lock.h>
#include <clipwork/host/registry.h>
#include <clipwork/plugin_note.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <xmmintrin.h>

#include <algorithm>
#include <clocale>
#include <filesystem>
#include <regex>

#include "fixture.h"
#include "plugin_file.h"
#include "staging.h"
#include "support.h"

using namespace clipwork;
using test::fixture;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ComponentInfo* info : Registry::instance().components())
    all.push_back(info->full_name());
  return all;
}

class Refusal : public ::testing::Test {
 protected:
  Refusal() : witness_(scratch_.path() / "witness") {
    setenv("CLIPWORK_WITNESS", witness_.c_str(), 1);
    Registry::instance().load(fixture("twin"));
    before_ = names();
  }
  ~Refusal() override {
    EXPECT_EQ(names(), before_);
    EXPECT_EQ(Registry::instance().find("tracker", "twin/nearest").version, "1.0.0");
    unsetenv("CLIPWORK_WITNESS");
  }

  /// What loading the file says; fails where it loads.
  std::string refusal(const fs::path& file) {
    try {
      Registry::instance().load(file);
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(file.string()) || fs::is_symlink(file))
          << error.what();
      return error.what();
    }
    ADD_FAILURE() << file << " was loaded";
    return {};
  }
  bool code_ran() const { return fs::exists(witness_); }

  test::ScratchFolder scratch_;
  fs::path witness_;
  std::vector<std::string> before_;
};

struct Case {
  const char *name, *says;
  friend void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }
};

class FromBytes : public Refusal, public ::testing::WithParamInterface<Case> {};

TEST_P(FromBytes, IsRefusedAndRunsNoCode) {
  std::string text = refusal(fixture(GetParam().name));
  EXPECT_SAYS(text, GetParam().says);
  EXPECT_SAYS(text, "; ");
  EXPECT_FALSE(code_ran());
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, FromBytes,
    ::testing::Values(
        Case{"wrong_abi", "ABI number: the plugin was built with 2, this program with 1"},
        Case{"other_layout", "layout of the public headers: the plugin was built with"},
        Case{"other_torch", "LibTorch: the plugin was built with 2.10.0"},
        Case{"old_string_abi",
             "the plugin was built with _GLIBCXX_USE_CXX11_ABI=0, this program with "
             "_GLIBCXX_USE_CXX11_ABI=1"},
        Case{"debug_mode", "the plugin was built with _GLIBCXX_DEBUG, this program with neither"},
        Case{"sanitizer", "the plugin was built with -fsanitize=thread"},
        Case{"fast_math",
             "the plugin was built with -ffast-math, this program with exact floating point"},
        Case{"no_note", "has no Clipwork note"}, Case{"two_notes", "has 2 Clipwork notes"},
        Case{"rpath", "RPATH '/opt/other/lib'"},
        Case{"second_blas",
             "it requires libopenblas.so.0, which would be a second linear-algebra library"},
        Case{"registers_operators", "it registers operators in LibTorch"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Refusal, FilesThatAreNoPlugins) {
  EXPECT_SAYS(refusal(scratch_.path() / "absent.so"), "cannot be opened");
  EXPECT_SAYS(refusal(scratch_.write("text.so", "a plugin, I swear")), "not a shared library");
  EXPECT_SAYS(refusal(scratch_.write("empty.so", "")), "not a shared library");
  EXPECT_SAYS(refusal(scratch_.write("cut.so", test::read_file(fixture("good")).substr(0, 5000))),
              "the file is truncated");
  fs::create_directory(scratch_.path() / "folder.so");
  EXPECT_SAYS(refusal(scratch_.path() / "folder.so"), "not a file");
  EXPECT_FALSE(code_ran());
}

TEST_F(Refusal, WhatOthersMayWriteTo) {
  fs::path folder = scratch_.path() / "open";
  fs::create_directory(folder);
  fs::copy(fixture("good"), folder / "good.so");
  fs::permissions(folder, fs::perms::others_write, fs::perm_options::add);
  EXPECT_SAYS(refusal(folder / "good.so"),
              "its folder is writable by everybody; chmod o-w '" + folder.string());

  fs::path file = scratch_.path() / "writable.so";
  fs::copy(fixture("good"), file);
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_SAYS(refusal(file), "the file is writable by everybody");

  // A link from a closed folder into the open one does not hide where the file is.
  fs::create_symlink(folder / "good.so", scratch_.path() / "link.so");
  EXPECT_SAYS(refusal(scratch_.path() / "link.so"), "its folder is writable by everybody");
  EXPECT_FALSE(code_ran());
}

TEST_F(Refusal, AllReasonsAtOnce) {
  std::string bytes = test::read_file(fixture("wrong_abi"));
  fs::path file = scratch_.write("wrong.so", bytes);
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  std::string text = refusal(file);
  EXPECT_SAYS(text, "2 reasons");
  EXPECT_SAYS(text, "ABI number");
  EXPECT_SAYS(text, "is writable by everybody");
}

TEST_F(Refusal, LooksAgainAtAFileThatWasMended) {
  fs::path file = scratch_.write("plugin.so", "not yet a plugin");
  EXPECT_SAYS(refusal(file), "not a shared library");
  fs::copy(fixture("wrong_abi"), file, fs::copy_options::overwrite_existing);
  EXPECT_SAYS(refusal(file), "ABI number");
  std::vector<PluginInfo> plugins = Registry::instance().plugins();
  EXPECT_EQ(std::ranges::count(plugins, file.string(), &PluginInfo::file), 1);
}

TEST_F(Refusal, MissingSymbolsAndEntries) {
  std::string text = refusal(fixture("unresolved"));
  EXPECT_SAYS(text, "missing::function_of_another_library(int)");
  EXPECT_EQ(text.find("Bad file descriptor"), std::string::npos) << text;
  EXPECT_SAYS(refusal(fixture("no_entry")), "has a note but no entry function");
}

TEST_F(Refusal, EntriesThatThrow) {
  EXPECT_SAYS(refusal(fixture("throws_std")), "its entry function threw: the licence has run out");
  EXPECT_SAYS(refusal(fixture("throws_int")), "an object that is not a std::exception");
  // Asked again, it gives the same answer and is not loaded anew.
  EXPECT_SAYS(refusal(fixture("throws_std")), "its entry function threw: the licence has run out");
}

TEST_F(Refusal, APluginOfAnEarlierRelease) {
  const std::string text = refusal(fixture("earlier_release"));
  EXPECT_SAYS(text, cat("its note has version 1, this program expects version ",
                        PluginNote::kVersion, "; build the plugin against this Clipwork"));
  EXPECT_FALSE(code_ran());
}

TEST_F(Refusal, FilesThatTheLockDoesNotName) {
  const fs::path lock = scratch_.write(
      "plugins.lock", plugin_lock_text({Registry::examine(fixture("slow").string())}));
  setenv("CLIPWORK_PLUGIN_LOCK", lock.c_str(), 1);
  const std::string text = refusal(fixture("good"));
  EXPECT_EQ(Registry::examine(fixture("slow").string()).refusal, "");
  unsetenv("CLIPWORK_PLUGIN_LOCK");
  EXPECT_SAYS(text, "is not in " + lock.string() + " (CLIPWORK_PLUGIN_LOCK)");
  EXPECT_FALSE(code_ran());
}

TEST_F(Refusal, AKindWhoseHeaderCMakeWasNotTold) {
  EXPECT_SAYS(refusal(fixture("unnamed_ranker")),
              "ranker 'unnamed': the kind 'ranker' is not one of Clipwork's; name the header that "
              "declares it in clipwork_plugin(... KIND_HEADERS FILE)");
}

TEST_F(Refusal, UnsoundRegistrations) {
  EXPECT_SAYS(refusal(fixture("twice")), "tracker 'same' is registered twice");
  std::string text = refusal(fixture("default_outside"));
  EXPECT_SAYS(text, "2 reasons");
  EXPECT_SAYS(
      text,
      "tracker 'nothing': the default buffer = 0 is outside its range; expected from 1 to 100");
  EXPECT_SAYS(text, "the default assignment = \"guess\" is not a valid choice");
}

TEST(Imports, NamesSecondRuntimesUnlessTheyAreThisProcess) {
  ElfFile file;
  file.needed = {"libtorch_cpu.so", "libgomp.so.1", "libc10.so", "libstdc++.so.6",
                 "libopencv_core.so.406"};
  std::vector<std::string> loaded = {"/a/libtorch_cpu.so", "/a/libgomp.so.1", "/a/libc10.so"};
  EXPECT_TRUE(import_faults(file, loaded).empty());
  file.needed = {"libtorch_cuda.so", "libiomp5.so", "libgomp-a34b3233.so.1", "libmkl_rt.so.2",
                 "libtbb.so.12"};
  std::vector<std::string> faults = import_faults(file, loaded);
  ASSERT_EQ(faults.size(), 5u);
  EXPECT_SAYS(faults[0], "libtorch_cuda.so, which this program does not have");
  EXPECT_SAYS(faults[1], "libiomp5.so, which would be a second OpenMP runtime");
}

}  // namespace

TEST(Kinds, OfClipworkAreKnown) {
  int found = 0;
  static const std::regex kKind("kKind = \"([a-z_]+)\"");
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "core/include/clipwork")) {
    if (entry.path().extension() != ".h") continue;
    const std::string text = test::read_file(entry.path());
    for (std::sregex_iterator kind(text.begin(), text.end(), kKind), end; kind != end; ++kind) {
      ComponentInfo info;
      info.kind = (*kind)[1];
      EXPECT_TRUE(undeclared_kinds({info}, "").empty()) << info.kind << " is missing";
      ++found;
    }
  }
  EXPECT_GE(found, 14);
}

// From here on components are added.
TEST(Kinds, OfPluginsMustBeBuiltWithOneVersionOfTheirHeader) {
  Registry& registry = Registry::instance();
  EXPECT_TRUE(registry.load(fixture("ranker")).loaded);
  const std::string text =
      test::error_of<InputError>([&] { registry.load(fixture("other_ranker")); });
  EXPECT_SAYS(text, "header of the kind 'ranker': this plugin was built with ");
  EXPECT_SAYS(text, ", the loaded plugin 'ranker' with ");
  EXPECT_SAYS(text, "build both against the same version of that header");
  EXPECT_EQ(registry.components("ranker").size(), 1u);
}

TEST(Printing, WhileAPluginIsLoadedGoesToStandardError) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Registry::instance().load(fixture("talks"));
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(printed, "loading\nregistering\n");
}

TEST(Unmannered, ChangesOfTheProcessArePutBackAndNamed) {
  Registry& registry = Registry::instance();
  at::set_num_threads(2);
  PluginInfo info = registry.load(fixture("unmannered"));
  EXPECT_TRUE(info.loaded);
  std::string all;
  for (const std::string& remark : info.remarks) all += remark + "\n";
  EXPECT_SAYS(all, "from 1f80 to 9fc0");
  EXPECT_SAYS(all, "changed the locale from 'C' to 'C.UTF-8'");
  EXPECT_SAYS(all, "replaced the handler of signal SIGTERM");
  EXPECT_SAYS(all, "changed the thread count from 2 to 3");
  EXPECT_SAYS(all, "switched gradients off");
  EXPECT_EQ(info.remarks.size(), 5u) << all;
  EXPECT_EQ(_mm_getcsr() & 0xffc0, 0x1f80u);
  EXPECT_STREQ(std::setlocale(LC_ALL, nullptr), "C");
  EXPECT_EQ(at::get_num_threads(), 2);
  struct sigaction action;
  sigaction(SIGTERM, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
  EXPECT_EQ(registry.find("tracker", "unmannered").plugin, "unmannered");
}
