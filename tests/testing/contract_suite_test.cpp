// The contract suite on every component that ships with Clipwork, and on components that break what
// it checks.

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <clipwork/host/registry.h>
#include <clipwork/index_picture.h>
#include <clipwork/painter.h>
#include <clipwork/sink.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>
#include <clipwork/testing/temporary_folder.h>
#include <clipwork/tracker.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

namespace fs = std::filesystem;

const char* const kKinds[] = {
    "backbone", "pixel_decoder", "decoder",   "detector", "tracker", "loss",           "loss_term",
    "dataset",  "samples",       "transform", "source",   "sink",    "picture_reader", "painter"};

/// Parameters that make components small, or that have no default; DATA is the folder of the files
/// that `write_data` makes.
const std::map<std::string, std::string>& parameters() {
  static const std::string condinst =
      "type = 'condinst'\nchannels = 16\nhead_channels = 16\nmask_channels = 16\n"
      "norm_groups = 4\ndetections = 4\nlevel_candidates = 20\nmin_class_score = 0.0\n";
  static const std::string queries =
      "queries = 6\nchannels = 16\nheads = 2\nlayers = 2\nfeedforward = 16\n";
  static const std::string terms =
      "[terms.ce]\ntype = 'class'\n[terms.mask]\ntype = 'mask'\n[terms.dice]\ntype = 'dice'\n";
  static const std::string synthetic = "type = 'synthetic'\nvideos = 2\n";
  static const std::string clips =
      "type = 'clips'\nframes = 2\ndataset = {type = 'synthetic', "
      "videos = 2}\n";
  static const std::map<std::string, std::string> all = {
      {"backbone resnet/resnet", "depth = 10\nstem_channels = 8\nres2_channels = 8\n"},
      {"backbone swin/swin",
       "embed_dim = 8\ndepths = [1, 1, 2, 1]\nheads = [1, 2, 2, 4]\nwindow_size = 4\n"},
      {"pixel_decoder msdeform/msdeform",
       "channels = 32\nmask_channels = 16\nlayers = 1\nheads = 2\nfeedforward = 16\n"},
      {"decoder mask2former/mask2former", queries},
      {"decoder video_instance/video_instance", queries + "overlap_embeddings = true\n"},
      {"decoder vita/vita",
       "queries = 5\nchannels = 16\nheads = 2\nfeedforward = 16\n"
       "mask_channels = 16\n[frame]\ntype = 'mask2former'\n" +
           queries},
      {"decoder iai/iai",
       "ids = 6\nchannels = 16\nprojection = 32\nfeedforward = 32\n"
       "min_id_score = 0.0\n[detector]\n" +
           condinst},
      {"decoder detect/detect", "[detector]\n" + condinst},
      {"detector condinst/condinst", condinst},
      {"detector mask_rcnn/mask_rcnn",
       "channels = 16\nbox_width = 16\nmask_channels = 16\nmask_convolutions = 1\n"
       "proposals = 20\nlevel_proposals = 20\ndetections = 4\nmin_class_score = 0.0\n"},
      {"loss condinst/condinst", "[detector]\n" + condinst},
      {"loss mask_rcnn/mask_rcnn",
       "detector = {type = 'mask_rcnn', channels = 16, box_width = 16}\n"},
      {"loss_term masktrack/track", "tracker = {type = 'masktrack'}\n"},
      {"loss matching/set", terms},
      {"loss matching/uvla", terms},
      {"loss matching/correspondence", terms},
      {"dataset synthetic/synthetic", synthetic},
      {"dataset excerpts/every", "step = 3\ndataset = {type = 'synthetic', videos = 2}\n"},
      {"dataset excerpts/subsequences", "frames = 4\ndataset = {type = 'synthetic', videos = 2}\n"},
      {"dataset youtube_vis/youtube_vis", "annotations = 'DATA/videos.json'\nimages = 'DATA'\n"},
      {"dataset youtube_vis/ovis", "annotations = 'DATA/videos.json'\nimages = 'DATA'\n"},
      {"dataset coco/coco", "annotations = 'DATA/pictures.json'\nimages = 'DATA/video'\n"},
      {"dataset pseudo_clips/pseudo_clips",
       "pictures = {type = 'coco', annotations = 'DATA/pictures.json', images = 'DATA/video'}\n"},
      {"dataset davis/davis", "path = 'DATA/davis'\n"},
      {"dataset video/video", "path = 'DATA/video'\n"},
      {"samples clips/clips", clips},
      {"samples clips/joint",
       "first = {type = 'clips', dataset = {type = 'synthetic'}}\n"
       "second = {type = 'clips', dataset = {type = 'synthetic'}}\n"},
      {"transform augment/chance", "[transforms.flip]\ntype = 'flip'\n"},
      {"transform augment/resize", "short_edges = [64]\n"},
      {"transform augment/crop", "sides = [20, 40]\n"},
      {"transform augment/scale_crop", "size = 64\n"},
      {"source media/images", "path = 'DATA/video'\n"},
      {"source media/video", "file = 'DATA/video.mp4'\n"},
  };
  return all;
}

/// Components whose behaviour the suite cannot watch, each with the reason; what does not depend on
/// it is checked all the same.
const std::map<std::string, std::string>& unwatched() {
  static const std::map<std::string, std::string> all = {
      {"decoder dense_classes/dense_classes", "it decodes in training alone"},
      {"source media/camera", "there is no camera"},
      {"source media/stdin", "standard input is that of the test program"},
  };
  return all;
}

/// Components that need a model's dense outputs or a further component's layers, which hand-made
/// predictions do not have. tests/parity and the tests of their plugins run them.
const std::set<std::string> kNeedModels = {
    "loss condinst/condinst", "loss mask_rcnn/mask_rcnn",   "loss dense_classes/dense_classes",
    "loss_term terms/id",     "loss_term terms/similarity", "loss_term masktrack/track"};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// A video of four frames in the formats of the data sets: pictures in video/, the same as a DAVIS
/// folder and as video.mp4, with annotations of one object.
class Data {
 public:
  Data() {
    const auto painter = make<Painter>("painter", "overlay");
    const Scene scene({48, 64}, {{.x = 20, .y = 20, .width = 12, .height = 10, .dx = 4}});
    auto sink = make<Sink>("sink", "media/video", "file = '" + path("video.mp4") + "'");
    std::string names, masks, pictures, objects;
    for (int64_t t = 0; t < 4; ++t) {
      const std::string comma = t ? ", " : "", jpeg = painter->encode_jpeg(scene.picture(t).pixels);
      const MaskRle mask = MaskRle::from_tensor(scene.mask(0, t));
      const std::string code =
          cat("{'size': [48, 64], 'counts': '", replaced(mask.compressed(), "\\", "\\\\"), "'}");
      folder_.write(cat("video/", t, ".jpg"), jpeg);
      folder_.write(cat("davis/JPEGImages/480p/one/0000", t, ".jpg"), jpeg);
      const Tensor on = scene.mask(0, t).flatten().to(at::kShort);
      const auto* values = reinterpret_cast<const uint16_t*>(on.const_data_ptr<int16_t>());
      fs::create_directories(path("davis/Annotations/480p/one"));
      write_index_picture(path(cat("davis/Annotations/480p/one/0000", t, ".png")),
                          {scene.size(), {values, values + on.numel()}}, IndexForm::palette);
      sink->write(scene.picture(t).pixels, static_cast<double>(t) / 10);
      names += cat(comma, "'video/", t, ".jpg'");
      masks += comma + code;
      pictures +=
          cat(comma, "{'id': ", t, ", 'width': 64, 'height': 48, 'file_name': '", t, ".jpg'}");
      objects += cat(comma, "{'id': ", t + 1, ", 'image_id': ", t,
                     ", 'category_id': 1, 'iscrowd': 0, 'area': ", mask.area(),
                     ", 'segmentation': ", code, "}");
    }
    sink->finish(0.4);
    const std::string classes = "'categories': [{'id': 1, 'name': 'box'}]";
    json("videos.json",
         cat("{'videos': [{'id': 1, 'width': 64, 'height': 48, 'length': 4, 'file_names': [", names,
             "]}], ", classes, ", 'annotations': [{'id': 1, 'video_id': 1, 'category_id': 1, ",
             "'iscrowd': 0, 'areas': [120, 120, 120, 120], 'segmentations': [", masks, "]}]}"));
    json("pictures.json",
         cat("{'images': [", pictures, "], ", classes, ", 'annotations': [", objects, "]}"));
  }
  std::string path(const std::string& name = {}) const { return (folder_.path() / name).string(); }

 private:
  template <class Kind>
  static std::shared_ptr<Kind> make(const char* kind, const char* name,
                                    const std::string& own = {}) {
    return TestedComponent(kind, name, toml(own)).make<Kind>();
  }
  void json(const std::string& name, const std::string& text) {
    folder_.write(name, replaced(text, "'", "\""));
  }
  TemporaryFolder folder_;
};

class ShippedComponents : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    use_built_plugins();
    Registry::instance().load_search_path();
    if (environment_path("CLIPWORK_VIDEO") != "OFF") data_ = new Data;
  }
  static void TearDownTestSuite() {
    delete data_;
    data_ = nullptr;
  }

  static ContractSetup setup_of(const std::string& component) {
    ContractSetup setup;
    if (const auto found = parameters().find(component); found != parameters().end()) {
      setup.parameters =
          toml(data_ ? replaced(found->second, "DATA", data_->path()) : found->second);
    }
    if (component == "sink media/images") setup.output = {"path", "pictures"};
    if (component == "sink media/video") setup.output = {"file", "video.mp4"};
    return setup;
  }

  static Data* data_;
};
Data* ShippedComponents::data_ = nullptr;

}  // namespace

TEST_P(ShippedComponents, KeepTheirContract) {
  const std::vector<const ComponentInfo*> all = Registry::instance().components(GetParam());
  const bool optional = std::string(GetParam()) == "source" || std::string(GetParam()) == "sink" ||
                        std::string(GetParam()) == "painter" ||
                        std::string(GetParam()) == "picture_reader";
  if (optional) CLIPWORK_NEEDS_VIDEO();
  ASSERT_FALSE(all.empty());
  for (const ComponentInfo* info : all) {
    const std::string component = cat(info->kind, " ", info->full_name());
    if (!data_ && parameters().contains(component) &&
        parameters().at(component).find("DATA") != std::string::npos) {
      continue;
    }
    if (unwatched().contains(component)) continue;
    const ContractReport report =
        check_contract(info->kind, info->full_name(), setup_of(component));
    EXPECT_TRUE(report.faults.empty()) << component << "\n" << report.text();
    const bool watched =
        std::find(report.held.begin(), report.held.end(), "determinism") != report.held.end();
    EXPECT_EQ(watched, !kNeedModels.contains(component)) << component << "\n" << report.text();
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ShippedComponents, ::testing::ValuesIn(kKinds),
                         [](const auto& info) { return std::string(info.param); });

// ---- components that break their contract

namespace {

/// Links row i to track i, but for one fault.
class Faulty final : public Tracker {
 public:
  struct Parameters {
    std::string fault;
    void describe(Describer& d) { d("fault", fault, "what it does wrong"); }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    if (p.fault != "undeclared") contract.needs = {"masks"};
    contract.defers = p.fault == "defers";
    contract.max_window = 1;
    return contract;
  }
  Faulty(const Parameters& p, const Given&) : fault_(p.fault) {}
  struct Count : State {
    int64_t windows = 0;
  };
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Count>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& count = dynamic_cast<Count&>(state);
    const auto is = [&](const char* fault) { return fault_ == fault; };
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int row = 0; row < tracked.prediction.rows(); ++row) {
      tracked.links.push_back({row, row, count.windows == 0 || row == 2});
    }
    std::vector<Link>& links = tracked.links;
    if (is("undeclared")) tracked.prediction.masks->bits(0, Pairs::all(1, 1), At::padded);
    if (is("first")) ++tracked.first;
    if (is("row") && !links.empty()) links.back().row += 7;
    if (is("order") && links.size() > 1) std::swap(links[0], links[1]);
    if (is("track") && !links.empty()) links[0].track = -5;
    if (is("fresh"))
      for (Link& link : links) link.fresh = false;
    if (is("ended")) tracked.ended = {0};
    if (is("nan")) tracked.prediction.class_scores.div_(0).sub_(tracked.prediction.class_scores);
    if (is("random") && !links.empty()) {
      links[0].track = (at::rand({1}).item<double>() * 1e9);
      links[0].fresh = true;
    }
    if (is("kept") && !links.empty()) links[0] = {0, 100 + videos_++, true};
    if (is("no masks")) tracked.prediction.masks = nullptr;
    if (is("throws")) throw std::runtime_error("it gave up");
    ++count.windows;
    return tracked;
  }

 private:
  std::string fault_;
  int64_t videos_ = 0;  // shared by all videos, which is wrong
};

std::string faults_of(const std::string& fault) {
  [[maybe_unused]] static const bool registered = [] {
    Registry::instance().add_builtin("faulty", [](Registrar& registry) {
      registry.add<Faulty>("faulty", "breaks its contract");
    });
    return true;
  }();
  ContractSetup setup;
  setup.parameters.set("fault", fault);
  std::string text;
  for (const std::string& one : check_contract("tracker", "faulty", setup).faults)
    text += one + "\n";
  return text;
}

}  // namespace

TEST(ContractSuite, FindsNothingInASoundTracker) { EXPECT_EQ(faults_of(""), ""); }

TEST(ContractSuite, SaysWhatATrackerDoesWrong) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"first", "window 0: expected first = 0, found 1"},
      {"row", "expected rows from 0 to"},
      {"order", "in ascending order, found 0 behind 1"},
      {"track", "row 0: expected a track from 0, or -1, found -5"},
      {"fresh", "track 0 is new; expected fresh = true"},
      {"ended", "window 1, row 0: track 0 had ended"},
      {"nan", "class scores: expected finite numbers"},
      {"no masks", "expected a prediction with masks, found none"},
      {"defers", "finish: expected 5 windows"},
      {"undeclared", "its contract does not need them"},
      {"throws", "contract: it threw: it gave up"},
      {"random", "determinism: window 0, tracks: 1 of 2 entries differ"},
      {"random", "process: changed LibTorch's default random generator"},
      {"kept", "videos: window 0, tracks"},
      {"kept", "streams: window 1, tracks"},
  };
  for (const auto& [fault, text] : faults) {
    EXPECT_THAT(faults_of(fault), HasSubstr(text)) << fault;
  }
}

TEST(ContractSuite, ReportsWhatItCannotCheckAndWhy) {
  use_built_plugins();
  Registry::instance().load_search_path();
  const ContractReport report = check_contract("tracker", "none");
  EXPECT_TRUE(report.faults.empty()) << report.text();
  EXPECT_THAT(report.held, Contains("contract, no objects"));
  EXPECT_THAT(report.skipped, Contains(StartsWith("threads: the kind is never called by two")));
  EXPECT_THAT(report.text(), HasSubstr("held    determinism\n"));
  EXPECT_THAT(check_contract("loss_term", "terms/id").text(),
              HasSubstr("skipped contract: the suite has no input for dense.id_logits"));
  EXPECT_THROW(check_contract("tracker", "nobody"), InputError);
}
