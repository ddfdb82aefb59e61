#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <clipwork/output_file.h>
#include <clipwork/painter.h>
#include <clipwork/picture_reader.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>
#include <clipwork/testing/temporary_folder.h>

#include <algorithm>
#include <filesystem>

#include "exercises/exercise.h"

namespace clipwork::test::suite {

namespace fs = std::filesystem;

namespace {

/// Bytes as a tensor, so that they can be compared.
Tensor bytes_of(const std::string& bytes) {
  return at::tensor(std::vector<uint8_t>(bytes.begin(), bytes.end()), at::kByte);
}

/// A PNM file of a picture.
void write_pnm(const fs::path& file, const Tensor& picture) {
  const Tensor pixels = picture.permute({1, 2, 0}).contiguous();
  std::string text = cat("P6\n", picture.size(2), " ", picture.size(1), "\n255\n");
  text.append(reinterpret_cast<const char*>(pixels.const_data_ptr<uint8_t>()), pixels.numel());
  write_file(file, text);
}

class SourceUse : public Use {
 public:
  explicit SourceUse(std::shared_ptr<Source> source) : source_(std::move(source)) {}

  bool step() override {
    const std::optional<Frame> frame = source_->next();
    if (!frame) {
      expect(index_ > 0, "expected frames, found none");
      expect(!source_->next(), "expected nothing behind the end, found a frame");
      const std::optional<int64_t> count = source_->count();
      expect(!count || *count >= index_, "count: expected ", index_, " frames or more, found ",
             count.value_or(0));
      return false;
    }
    const std::string where = cat("frame ", index_);
    expect(frame->index == index_, where, ": expected index ", index_, ", found ", frame->index);
    expect(frame->seconds >= seconds_, where, ": expected a time from ", seconds_,
           " seconds on, found ", frame->seconds);
    if (expect_shape(where, frame->pixels, {3, -1, -1}, at::kByte)) {
      outputs.set(where, frame->pixels);
    }
    seconds_ = frame->seconds;
    ++index_;
    return true;
  }

 private:
  std::shared_ptr<Source> source_;
  int64_t index_ = 0;
  double seconds_ = 0;
};

/// Writes a video into a folder of its own.
class SinkUse : public Use {
 public:
  SinkUse(const TestedComponent& tested, const ContractSetup& setup, const Trial& trial)
      : tested_(tested), setup_(setup), trial_(trial) {
    {
      const std::shared_ptr<Sink> unfinished = open("unfinished");
      unfinished->write(trial_.scene.picture(0).pixels, 0);
    }
    expect(files("unfinished").empty(), "expected nothing left behind without finish, found ",
           files("unfinished").size(), " files");
    sink_ = open("finished");
  }

  bool step() override {
    if (!sink_) return false;
    if (next_ < trial_.frames) {
      const Frame frame = trial_.scene.picture(next_++);
      sink_->write(frame.pixels, frame.seconds);
      return true;
    }
    sink_->finish(static_cast<double>(trial_.frames) / 25);
    sink_.reset();
    const std::vector<fs::path> written = files("finished");
    expect(!written.empty(), "expected a file or a folder '", setup_.output.second,
           "' after finish, found none");
    for (const fs::path& file : written) {
      const std::string name = file.filename().string();
      if (expect(fs::file_size(file) > 0, name, ": expected content, found an empty file")) {
        // Video encoders with several threads do not always write the same bytes.
        outputs.set(name, bytes_of(name));
      }
    }
    return true;
  }

 private:
  std::shared_ptr<Sink> open(const std::string& folder) const {
    fs::create_directory(scratch_.path() / folder);
    Value parameters = setup_.parameters;
    parameters.set(setup_.output.first, (scratch_.path() / folder / setup_.output.second).string());
    return TestedComponent(Sink::kKind, tested_.info().full_name(), parameters).make<Sink>();
  }

  std::vector<fs::path> files(const std::string& folder) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path() / folder)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  const TestedComponent& tested_;
  const ContractSetup& setup_;
  Trial trial_;
  TemporaryFolder scratch_;
  std::shared_ptr<Sink> sink_;
  int64_t next_ = 0;
};

class PainterUse : public Use {
 public:
  PainterUse(std::shared_ptr<Painter> painter, const Trial& trial)
      : painter_(std::move(painter)), trial_(trial) {}

  bool step() override {
    if (next_ == trial_.frames) return false;
    const std::string where = cat("frame ", next_);
    const Tensor before = trial_.scene.picture(next_).pixels;
    std::vector<PaintedTrack> tracks;
    for (const int64_t object : trial_.scene.visible(next_, 1)) {
      tracks.push_back({object + 1, MaskRle::from_tensor(trial_.scene.mask(object, next_)),
                        cat("object ", object)});
    }
    Tensor picture = before.clone();
    painter_->paint(picture, tracks, "");
    if (expect_shape(where, picture, {3, before.size(1), before.size(2)}, at::kByte)) {
      expect(tracks.empty() == picture.equal(before), where, ": expected a picture that is ",
             tracks.empty() ? "unchanged without tracks" : "changed by its tracks");
      outputs.set(where, picture);
    }
    if (next_ == 0) encode(before);
    ++next_;
    return true;
  }

 private:
  void encode(const Tensor& picture) {
    const Tensor numbers = at::arange(picture.size(1) * picture.size(2), at::kInt)
                               .view({picture.size(1), picture.size(2)});
    Figure figure;
    figure.width = 40;
    figure.height = 20;
    begins("encode_png16", painter_->encode_png16(numbers, "numbers"), "\x89PNG");
    begins("encode_jpeg", painter_->encode_jpeg(picture), "\xff\xd8");
    begins("encode_png", painter_->encode_png(figure), "\x89PNG");
  }

  void begins(const std::string& what, const std::string& bytes, const std::string& signature) {
    if (expect(bytes.starts_with(signature), what, ": expected the bytes of such a file")) {
      outputs.set(what, bytes_of(bytes));
    }
  }

  std::shared_ptr<Painter> painter_;
  Trial trial_;
  int64_t next_ = 0;
};

class ReaderUse : public Use {
 public:
  ReaderUse(std::shared_ptr<PictureReader> reader, const ContractSetup& setup, const Trial& trial)
      : reader_(std::move(reader)), files_(setup.pictures), trial_(trial) {}

  bool step() override {
    const bool written = files_.empty();
    if (next_ == (written ? trial_.frames : std::ssize(files_))) return false;
    const Tensor expected = trial_.scene.picture(next_).pixels;
    const fs::path own = scratch_.path() / cat(next_, ".ppm");
    if (written) write_pnm(own, expected);
    const std::string file = written ? own.string() : files_[next_];
    const Tensor picture = reader_->read(file);
    const std::string where = cat("picture ", next_);
    if (expect_shape(where, picture, {3, -1, -1}, at::kByte)) {
      outputs.set(where, picture);
      if (written) {
        const std::string text = difference(picture, expected);
        expect(text.empty(), where, ": ", text);
      }
    }
    ++next_;
    return true;
  }

 private:
  std::shared_ptr<PictureReader> reader_;
  std::vector<std::string> files_;
  Trial trial_;
  TemporaryFolder scratch_;
  int64_t next_ = 0;
};

class PictureExercise : public Exercise {
 public:
  PictureExercise(const TestedComponent& tested, const ContractSetup& setup)
      : tested_(tested), setup_(setup) {}

  bool reusable() const override { return !is("source") && !is("sink"); }
  bool concurrent() const override { return is("picture_reader"); }

  std::string obstacle(const Trial& trial) const override {
    const bool own = is("source") || (is("picture_reader") && !setup_.pictures.empty());
    if (own && trial.name != "ordinary video") return "it reads files of its own";
    return {};
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    if (auto source = std::dynamic_pointer_cast<Source>(component)) {
      return std::make_unique<SourceUse>(source);
    }
    if (auto painter = std::dynamic_pointer_cast<Painter>(component)) {
      return std::make_unique<PainterUse>(painter, trial);
    }
    if (auto reader = std::dynamic_pointer_cast<PictureReader>(component)) {
      return std::make_unique<ReaderUse>(reader, setup_, trial);
    }
    return std::make_unique<SinkUse>(tested_, setup_, trial);
  }

 private:
  bool is(const char* kind) const { return tested_.info().kind == kind; }

  const TestedComponent& tested_;
  const ContractSetup& setup_;
};

}  // namespace

std::unique_ptr<Exercise> picture_exercise(const TestedComponent& tested,
                                           const ContractSetup& setup) {
  return std::make_unique<PictureExercise>(tested, setup);
}

}  // namespace clipwork::test::suite
