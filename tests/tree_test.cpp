// The tree's own rules: arrows between rooms, authors' and hosts' headers, names, narrow includes,
// formatting. docs/architecture.md draws what this test holds.

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <vector>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// Rooms of the library, each of which may include itself and those before it.
const std::vector<std::string> kRooms = {
    "base",   "kernels", "config",     "frames", "masks",      "components", "registry", "ops",
    "models", "losses",  "checkpoint", "data",   "evaluation", "inference",  "training", "report"};
/// Rooms of the program, likewise.
const std::vector<std::string> kRunnerRooms = {"data",    "show",  "run", "analysis", "train",
                                               "measure", "table", "cli", "verbs"};

/// Public headers whose room is not that of a source of the same name, or of the folder they are
/// in.
const std::map<std::string, std::string> kRoomOfHeader = {
    {"clipwork/api.h", "base"},
    {"clipwork/size.h", "frames"},
    {"clipwork/size_limits.h", "frames"},
    {"clipwork/frame.h", "frames"},
    {"clipwork/category.h", "frames"},
    {"clipwork/prediction.h", "components"},
    {"clipwork/config_table.h", "config"},
    {"clipwork/host/config_layers.h", "config"},
    {"clipwork/communicator.h", "components"},
    {"clipwork/backbone.h", "components"},
    {"clipwork/pixel_decoder.h", "components"},
    {"clipwork/decoder.h", "components"},
    {"clipwork/tracker.h", "components"},
    {"clipwork/loss_term.h", "components"},
    {"clipwork/transform.h", "components"},
    {"clipwork/samples.h", "components"},
    {"clipwork/source.h", "components"},
    {"clipwork/sink.h", "components"},
    {"clipwork/painter.h", "components"},
    {"clipwork/picture_reader.h", "components"},
    {"clipwork/video_entry.h", "frames"},
    {"clipwork/data/frame_budget.h", "data"},
    {"clipwork/host/processes.h", "training"},
    {"clipwork/host/tracks.h", "inference"},
    {"clipwork/host/evaluation.h", "evaluation"},
    {"clipwork/host/resampling.h", "evaluation"},
};

/// Sources that are tested under another name: a part of something larger, or too little for a
/// program of its own.
const std::map<std::string, std::string> kTestedBy = {
    {"core/src/base/digest.cpp", "tests/registry/registry_test.cpp"},
    {"core/src/checkpoint/collect_weights.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/constructors.cpp", "tests/core/checkpoint/checkpoint_hostile_test.cpp"},
    {"core/src/checkpoint/file_tensor.cpp", "tests/core/checkpoint/checkpoint_hostile_test.cpp"},
    {"core/src/checkpoint/load.cpp", "tests/core/checkpoint/checkpoint_load_test.cpp"},
    {"core/src/checkpoint/mapped_file.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/named_parameters.cpp", "tests/core/checkpoint/checkpoint_load_test.cpp"},
    {"core/src/checkpoint/pickle.cpp", "tests/core/checkpoint/checkpoint_hostile_test.cpp"},
    {"core/src/checkpoint/pickle_writer.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/pickled_weights.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/renames.cpp", "tests/core/checkpoint/checkpoint_load_test.cpp"},
    {"core/src/checkpoint/safetensors.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/weight_role.cpp", "tests/core/training/optimizer_test.cpp"},
    {"core/src/checkpoint/write_torch.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/checkpoint/zip.cpp", "tests/core/checkpoint/checkpoint_hostile_test.cpp"},
    {"core/src/checkpoint/zip_writer.cpp", "tests/core/checkpoint/checkpoint_test.cpp"},
    {"core/src/components/colours.cpp", "tests/plugins/io/painter_test.cpp"},
    {"core/src/components/component.cpp", "tests/core/components/contract_test.cpp"},
    {"core/src/components/context.cpp", "tests/core/components/draw_test.cpp"},
    {"core/src/components/dataset.cpp", "tests/plugins/datasets/datasets_test.cpp"},
    {"core/src/config/installed_configs.cpp", "tests/configs/configs_test.cpp"},
    {"core/src/data/labels/label_collector.cpp", "tests/core/data/labels/labelme_test.cpp"},
    {"core/src/data/labels/label_output.cpp", "tests/core/data/labels/labelme_test.cpp"},
    {"core/src/data/labels/label_pictures.cpp", "tests/core/data/labels/yolo_test.cpp"},
    {"core/src/data/labels/label_shapes.cpp", "tests/core/data/labels/cvat_test.cpp"},
    {"core/src/evaluation/error_types.cpp", "tests/core/evaluation/analysis_test.cpp"},
    {"core/src/evaluation/evaluate.cpp", "tests/core/evaluation/official_test.cpp"},
    {"core/src/evaluation/matching.cpp", "tests/core/evaluation/official_test.cpp"},
    {"core/src/evaluation/object_properties.cpp", "tests/core/evaluation/analysis_test.cpp"},
    {"core/src/evaluation/overlaps.cpp", "tests/core/evaluation/official_test.cpp"},
    {"core/src/evaluation/plan.cpp", "tests/core/evaluation/official_test.cpp"},
    {"core/src/evaluation/track_pairs.cpp", "tests/core/evaluation/official_test.cpp"},
    {"core/src/frames/features.cpp", "tests/core/frames/tensors_test.cpp"},
    {"core/src/frames/resize_cv.cpp", "tests/core/frames/preprocess_test.cpp"},
    {"core/src/inference/memo_store.cpp", "tests/core/inference/memory_test.cpp"},
    {"core/src/kernels/gpu/gpu_kernels.cpp", "tests/gpu/kernels_test.cpp"},
    {"core/src/kernels/kernels_avx2.cpp", "tests/core/kernels/kernels_test.cpp"},
    {"core/src/kernels/kernels_avx512.cpp", "tests/core/kernels/kernels_test.cpp"},
    {"core/src/kernels/kernels_portable.cpp", "tests/core/kernels/kernels_test.cpp"},
    {"core/src/masks/gpu_render.cpp", "tests/gpu/kernels_test.cpp"},
    {"core/src/masks/run_builder.cpp", "tests/core/masks/coco_code_test.cpp"},
    {"core/src/ops/attention.cpp", "tests/core/ops/plain_test.cpp"},
    {"core/src/ops/conv.cpp", "tests/core/ops/plain_test.cpp"},
    {"core/src/ops/deformable_attention.cpp", "tests/core/ops/deformable_sample_test.cpp"},
    {"core/src/ops/gpu_deformable.cpp", "tests/gpu/kernels_test.cpp"},
    {"core/src/ops/linear.cpp", "tests/core/ops/packed_test.cpp"},
    {"core/src/ops/norm.cpp", "tests/core/ops/plain_test.cpp"},
    {"core/src/ops/position.cpp", "tests/core/ops/plain_test.cpp"},
    {"core/src/report/report_page.cpp", "tests/core/report/report_test.cpp"},
    {"core/src/training/norm_statistics.cpp", "tests/core/training/communicator_test.cpp"},
    {"core/src/training/process_group.cpp", "tests/core/training/communicator_test.cpp"},
    {"core/src/training/process_place.cpp", "tests/core/training/communicator_test.cpp"},
    {"core/src/training/pulse.cpp", "tests/core/training/communicator_test.cpp"},
    {"core/src/training/trainer.cpp", "tests/runner/train/train_test.cpp"},
    {"core/src/training/training_mode.cpp", "tests/core/training/optimizer_test.cpp"},
    {"registry/src/diverted_output.cpp", "tests/registry/refusal_test.cpp"},
    {"registry/src/library.cpp", "tests/registry/refusal_test.cpp"},
    {"registry/src/make_component.cpp", "tests/plugins/trackers/trackers_test.cpp"},
    {"registry/src/note.cpp", "tests/registry/refusal_test.cpp"},
    {"registry/src/plugin_file.cpp", "tests/registry/refusal_test.cpp"},
    {"registry/src/process_state.cpp", "tests/registry/refusal_test.cpp"},
    {"registry/src/search_path.cpp", "tests/registry/registry_test.cpp"},
    {"registry/src/staging.cpp", "tests/registry/refusal_test.cpp"},
    {"testing/src/component.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/decoder.cpp", "tests/plugins/decoders/video_instance_test.cpp"},
    {"testing/src/exercises/data_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/decoder_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/loss_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/model_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/picture_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/exercises/tracker_exercise.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/temporary_folder.cpp", "tests/testing/contract_suite_test.cpp"},
    {"testing/src/tracker.cpp", "tests/plugins/trackers/trackers_test.cpp"},
};

struct File {
  std::string path;  // from the top of the tree
  std::string text;
};

std::vector<File> files(const std::vector<std::string>& folders) {
  std::vector<File> found;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / folder)) {
      const std::string end = entry.path().extension().string();
      if (end != ".cpp" && end != ".h") continue;
      found.push_back({fs::relative(entry.path(), source_dir()).string(), read_file(entry.path())});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return found;
}

struct Include {
  std::string name;
  bool quoted;
};

std::vector<Include> includes(const File& file) {
  static const std::regex kInclude("#include +([<\"])([^>\"]+)[>\"]");
  std::vector<Include> found;
  for (std::sregex_iterator match(file.text.begin(), file.text.end(), kInclude), end; match != end;
       ++match) {
    found.push_back({(*match)[2], (*match)[1] == "\""});
  }
  return found;
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

/// "core/src/masks/render.cpp" to "masks"; none outside the library.
std::optional<std::string> room_of_source(const std::string& path) {
  if (path.starts_with("registry/src/")) return "registry";
  if (!path.starts_with("core/src/")) return {};
  const std::string rest = path.substr(std::string("core/src/").size());
  return rest.substr(0, rest.find('/'));
}

/// Rooms of public headers: "clipwork/host/pipeline.h" to "inference".
class HeaderRooms {
 public:
  HeaderRooms() {
    std::map<std::string, std::string> by_stem;
    for (const File& file : files({"core/src", "registry/src"})) {
      if (file.path.ends_with(".cpp")) by_stem[stem(file.path)] = *room_of_source(file.path);
    }
    for (const std::string root : {"core/include/", "registry/include/"}) {
      for (const File& file : files({root})) {
        const std::string name = file.path.substr(root.size());
        std::string room;
        if (root.starts_with("registry")) {
          room = "registry";
        } else if (const auto known = kRoomOfHeader.find(name); known != kRoomOfHeader.end()) {
          room = known->second;
        } else if (const auto found = by_stem.find(stem(name)); found != by_stem.end()) {
          room = found->second;
        }
        rooms_[name] = room;
      }
    }
  }
  const std::map<std::string, std::string>& all() const { return rooms_; }
  std::optional<std::string> of(const std::string& header) const {
    const auto found = rooms_.find(header);
    return found == rooms_.end() ? std::optional<std::string>() : found->second;
  }

 private:
  std::map<std::string, std::string> rooms_;
};

/// The place of a room, or -1.
std::ptrdiff_t place(const std::vector<std::string>& rooms, const std::string& room) {
  const auto found = std::find(rooms.begin(), rooms.end(), room);
  return found == rooms.end() ? -1 : found - rooms.begin();
}

bool is_host(const std::string& header) { return header.starts_with("clipwork/host/"); }

}  // namespace

TEST(Tree, EveryPublicHeaderBelongsToARoom) {
  const HeaderRooms headers;
  for (const auto& [header, room] : headers.all()) {
    EXPECT_GE(place(kRooms, room), 0) << header << " belongs to no room";
  }
}

TEST(Tree, TableOfHeaderRoomsNamesHeadersThatAreThereAndNeedIt) {
  const HeaderRooms headers;
  for (const auto& [header, room] : kRoomOfHeader) {
    EXPECT_TRUE(headers.of(header)) << header << " is not a public header";
  }
}

TEST(Tree, RoomsOfTheLibraryIncludeOnlyThoseBelowThem) {
  const HeaderRooms headers;
  for (const std::string root : {"core/", "registry/"}) {
    for (const File& file : files({root})) {
      std::optional<std::string> room = room_of_source(file.path);
      if (const size_t at = file.path.find("/include/"); at != std::string::npos) {
        room = headers.of(file.path.substr(at + std::string("/include/").size()));
      }
      ASSERT_TRUE(room) << file.path;
      ASSERT_GE(place(kRooms, *room), 0) << file.path << " is in no room of the list";
      for (const Include& include : includes(file)) {
        std::optional<std::string> other = headers.of(include.name);
        if (const size_t slash = include.name.find('/');
            include.quoted && slash != std::string::npos) {
          other = include.name.substr(0, slash);
        }
        if (!other) continue;
        EXPECT_LE(place(kRooms, *other), place(kRooms, *room))
            << file.path << " (" << *room << ") includes " << include.name << " (" << *other << ")";
      }
    }
  }
}

TEST(Tree, PrivateHeadersOfTheLibraryAreIncludedWithTheirRoom) {
  const fs::path core = source_dir() / "core/src", registry = source_dir() / "registry/src";
  for (const File& file : files({"core", "registry"})) {
    const bool is_public = file.path.find("/include/") != std::string::npos;
    for (const Include& include : includes(file)) {
      if (!include.quoted) {
        EXPECT_FALSE(fs::exists(core / include.name) || fs::exists(registry / include.name))
            << file.path << " includes the private header <" << include.name << ">";
        continue;
      }
      const bool has_room = include.name.find('/') != std::string::npos;
      const bool of_core = has_room && fs::exists(core / include.name);
      // The registry is one flat room, whose headers are included by their names; CMake writes one.
      const bool of_registry =
          file.path.starts_with("registry/") && !has_room &&
          (fs::exists(registry / include.name) || fs::exists(registry / (include.name + ".in")));
      EXPECT_TRUE(!is_public && (of_core || of_registry))
          << file.path << " includes \"" << include.name << "\"";
    }
  }
}

TEST(Tree, TheTestKitIncludesPublicHeadersAndItsOwn) {
  for (const File& file : files({"testing"})) {
    const bool is_public = file.path.starts_with("testing/include/");
    for (const Include& include : includes(file)) {
      if (include.quoted) {
        EXPECT_TRUE(!is_public && fs::exists(source_dir() / "testing/src" / include.name))
            << file.path << " includes \"" << include.name << "\"";
      } else {
        EXPECT_FALSE(fs::exists(source_dir() / "core/src" / include.name))
            << file.path << " includes the private header <" << include.name << ">";
      }
      // So that an author may use another test framework.
      EXPECT_TRUE(include.name != "gtest/gtest.h" || file.path.ends_with("/gtest.h") ||
                  file.path.starts_with("testing/main/"))
          << file.path << " needs GoogleTest";
    }
  }
}

TEST(Tree, NoIncludeClimbsOutOfItsFolder) {
  for (const File& file :
       files({"core", "registry", "plugins", "runner/clipwork", "examples", "testing"})) {
    for (const Include& include : includes(file)) {
      EXPECT_EQ(include.name.find(".."), std::string::npos)
          << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, RoomsOfTheProgramIncludeOnlyThoseBelowThem) {
  const std::string root = "runner/clipwork/";
  for (const File& file : files({root})) {
    const std::string rest = file.path.substr(root.size());
    const std::string room = rest.substr(0, rest.find('/'));
    ASSERT_GE(place(kRunnerRooms, room), 0) << file.path;
    for (const Include& include : includes(file)) {
      if (!include.quoted) {
        EXPECT_FALSE(fs::exists(source_dir() / root / include.name))
            << file.path << " includes the private header <" << include.name << ">";
        continue;
      }
      const std::string other = include.name.substr(0, include.name.find('/'));
      EXPECT_TRUE(fs::exists(source_dir() / root / include.name))
          << file.path << " includes \"" << include.name << "\" without its room";
      EXPECT_LE(place(kRunnerRooms, other), place(kRunnerRooms, room))
          << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, AuthorsHeadersIncludeNoHostsHeader) {
  for (const File& file : files({"core/include", "registry/include"})) {
    if (file.path.find("/host/") != std::string::npos) continue;
    for (const Include& include : includes(file)) {
      EXPECT_FALSE(is_host(include.name)) << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, PluginsIncludeAuthorsHeadersAndTheirOwnFolderOnly) {
  for (const File& file : files({"plugins", "examples"})) {
    // Programs that drive the library.
    if (file.path.starts_with("examples/push_frames/")) continue;
    if (file.path.starts_with("examples/evaluate_dataset/")) continue;
    if (file.path.find("/tests/") != std::string::npos) continue;
    for (const Include& include : includes(file)) {
      EXPECT_FALSE(is_host(include.name)) << file.path << " includes " << include.name;
      if (!include.quoted) continue;
      EXPECT_TRUE(fs::exists((source_dir() / file.path).parent_path() / include.name))
          << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, LibraryAndPluginsKnowNothingOfTheProgram) {
  for (const File& file : files({"core", "registry", "plugins"})) {
    for (const Include& include : includes(file)) {
      if (!include.quoted) continue;
      EXPECT_FALSE(fs::exists(source_dir() / "runner/clipwork" / include.name) &&
                   !fs::exists(source_dir() / "core/src" / include.name) &&
                   !fs::exists((source_dir() / file.path).parent_path() / include.name))
          << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, TheLayoutHashIsTakenOverAuthorsHeadersAlone) {
  const std::string recipe = read_file(source_dir() / "core/CMakeLists.txt");
  EXPECT_NE(recipe.find("list(FILTER headers EXCLUDE REGEX \"/include/clipwork/host/\")"),
            std::string::npos);
  const std::string build = read_file(build_dir() / "build.ninja");
  const size_t at = build.find("-DHEADERS=");
  ASSERT_NE(at, std::string::npos);
  const std::string list = build.substr(at, build.find("layout_hash.cmake", at) - at);
  for (const File& file : files({"core/include", "registry/include"})) {
    const bool hashed = list.find(file.path) != std::string::npos;
    EXPECT_EQ(hashed, file.path.find("/host/") == std::string::npos) << file.path;
  }
}

TEST(Tree, NoTypeIsDefinedTwiceInANamespace) {
  // Namespaces open and close at the start of a line, as clang-format writes them; those of forward
  // declarations alone are passed over.
  static const std::regex kLine(
      "\n(?:namespace [a-z_:]+ \\{(?:\n(?:class|struct) [A-Za-z]+;)+\n\\}|"
      "namespace ([a-z_:]*) ?\\{|\\}  // namespace|"
      "(?:class|struct|enum class)(?: CLIPWORK_API)? ([A-Z][A-Za-z0-9:]*)[^;{}()]*\\{)");
  std::map<std::string, std::string> defined;
  for (const File& file : files({"core", "registry", "runner/clipwork"})) {
    if (!file.path.ends_with(".h")) continue;
    std::vector<std::string> spaces;
    for (std::sregex_iterator match(file.text.begin(), file.text.end(), kLine), end; match != end;
         ++match) {
      const std::string type = (*match)[2];
      if (type.empty()) {
        if (match->str().starts_with("\n}")) {
          ASSERT_FALSE(spaces.empty()) << file.path;
          spaces.pop_back();
        } else if (match->str().ends_with("{")) {
          spaces.push_back((*match)[1]);
        }
        continue;
      }
      // What is in an unnamed namespace is each file's own.
      if (std::find(spaces.begin(), spaces.end(), "") != spaces.end()) continue;
      std::string name;
      for (const std::string& space : spaces) name += space + "::";
      name += type;
      const auto [known, first] = defined.emplace(name, file.path);
      EXPECT_TRUE(first) << name << " is defined in " << known->second << " and in " << file.path;
    }
  }
  EXPECT_GT(defined.size(), 150U);
}

TEST(Tree, NoConstantOfASourceHidesOneOfAHeader) {
  // Sources of a folder may be compiled as one: a constant in the unnamed namespace of one would
  // then silently take the place of a header's in the next.
  static const std::regex kOfHeader("\ninline constexpr [^=;({]*\\b(k[A-Z][A-Za-z0-9]*)\\b"),
      kOfSource("\n(?:static )?const(?:expr)? [^=;({]*\\b(k[A-Z][A-Za-z0-9]*)\\b");
  std::map<std::string, std::string> header;
  const auto each = [](const File& file, const std::regex& constant, const auto& take) {
    for (std::sregex_iterator match(file.text.begin(), file.text.end(), constant), end;
         match != end; ++match) {
      take((*match)[1].str());
    }
  };
  const std::vector<File> all = files({"core", "registry", "plugins", "runner/clipwork"});
  for (const File& file : all) {
    if (!file.path.ends_with(".h")) continue;
    each(file, kOfHeader, [&](const std::string& name) { header.emplace(name, file.path); });
  }
  EXPECT_GT(header.size(), 20U);
  for (const File& file : all) {
    if (!file.path.ends_with(".cpp")) continue;
    each(file, kOfSource, [&](const std::string& name) {
      const auto known = header.find(name);
      EXPECT_TRUE(known == header.end()) << name << " in " << file.path << " hides that of "
                                         << known->second << "; choose another name";
    });
  }
}

TEST(Tree, EverySourceOfTheLibraryHasATestOfItsName) {
  std::set<std::string> tests, sources;
  for (const File& file : files({"tests"})) {
    if (file.path.ends_with("_test.cpp")) tests.insert(file.path);
  }
  for (const File& file : files({"core/src", "registry/src", "testing/src"})) {
    if (!file.path.ends_with(".cpp")) continue;
    sources.insert(file.path);
    const fs::path room = file.path.starts_with("core")
                              ? "core" / fs::relative(file.path, "core/src").parent_path()
                              : *fs::path(file.path).begin();
    const std::string of_its_name = ("tests" / room / (stem(file.path) + "_test.cpp")).string();
    const auto known = kTestedBy.find(file.path);
    if (known == kTestedBy.end()) {
      EXPECT_TRUE(tests.count(of_its_name)) << file.path << " has no " << of_its_name;
    } else {
      EXPECT_TRUE(tests.count(known->second)) << known->second << " is not there";
      EXPECT_FALSE(tests.count(of_its_name)) << file.path << " has a test of its name";
    }
  }
  for (const auto& [source, test] : kTestedBy) {
    EXPECT_TRUE(sources.count(source)) << source << " is not there, only its place in the table";
  }
}

TEST(Tree, TestsMirrorTheRooms) {
  for (const auto& [folder, mirrored] :
       std::map<std::string, std::string>{{"tests/core", "core/src"},
                                          {"tests/runner", "runner/clipwork"},
                                          {"tests/plugins", "plugins"}}) {
    for (const auto& entry : fs::directory_iterator(source_dir() / folder)) {
      if (!entry.is_directory() || entry.path().filename() == "data") continue;
      EXPECT_TRUE(fs::is_directory(source_dir() / mirrored / entry.path().filename()))
          << entry.path() << " is named after no folder of " << mirrored;
    }
  }
}

TEST(Tree, DocumentationDrawsTheRoomsInTheirOrder) {
  const std::string page = read_file(source_dir() / "docs/architecture.md");
  size_t at = 0;
  for (const std::string& room : kRooms) {
    const std::string line = room == "registry" ? "\nregistry" : "\ncore/" + room;
    const size_t found = page.find(line, at);
    EXPECT_NE(found, std::string::npos)
        << "docs/architecture.md does not draw " << room << " behind the rooms that it may include";
    if (found != std::string::npos) at = found;
  }
}

TEST(Tree, NobodyIncludesAllOfLibTorch) {
  for (const File& file :
       files({"core", "registry", "plugins", "runner", "tests", "examples", "testing", "python"})) {
    for (const Include& include : includes(file)) {
      EXPECT_NE(include.name, "torch/torch.h") << file.path;
      EXPECT_NE(include.name, "ATen/ATen.h") << file.path;
      EXPECT_NE(include.name, "torch/extension.h") << file.path;
    }
  }
}

TEST(Tree, PublicHeadersIncludeModulesOnlyWhereModulesAre) {
  for (const File& file : files({"core/include", "registry/include"})) {
    if (file.path.ends_with("/module.h")) continue;
    for (const Include& include : includes(file)) {
      EXPECT_TRUE(!include.name.starts_with("torch/") ||
                  include.name.starts_with("torch/headeronly/"))
          << file.path << " includes " << include.name;
    }
  }
}

TEST(Tree, EveryPublicHeaderBeginsWithASentence) {
  for (const File& file :
       files({"core/include", "registry/include", "runner/include", "testing/include"})) {
    EXPECT_TRUE(file.text.starts_with("#pragma once\n// ")) << file.path;
  }
}

TEST(Tree, EveryFileIsFormatted) {
  if (run_program("clang-format --version").code != 0) {
    GTEST_SKIP() << "clang-format is not installed";
  }
  std::string command = "clang-format --dry-run --Werror";
  for (const File& file :
       files({"core", "registry", "plugins", "runner", "tests", "examples", "testing", "python"})) {
    command += " " + (source_dir() / file.path).string();
  }
  const ProgramResult result = run_program(command);
  EXPECT_EQ(result.code, 0) << result.errors.substr(0, 3000);
}
