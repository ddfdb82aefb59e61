#include <clipwork/error.h>
#include <clipwork/output_file.h>
#include <clipwork/results.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace clipwork {
namespace {

/// RapidJSON's idea of a stream.
struct JsonStream {
  using Ch = char;
  OutputFile& file;
  void Put(char c) { file.write({&c, 1}); }
  void Flush() {}
};

}  // namespace

struct ResultsFile::Implementation {
  OutputFile file;
  std::string note;
  JsonStream stream{file};
  rapidjson::Writer<JsonStream> json{stream};

  void key(const char* name) { json.Key(name); }
  void text(const std::string& value) {
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void segmentation(const MaskRle& mask) {
    json.StartObject();
    key("size");
    json.StartArray();
    json.Int64(mask.size.height);
    json.Int64(mask.size.width);
    json.EndArray();
    key("counts");
    text(mask.compressed());
    json.EndObject();
  }
};

ResultsFile::ResultsFile(const std::filesystem::path& file, std::string note)
    : implementation_(new Implementation{OutputFile(file), std::move(note)}) {
  implementation_->json.StartArray();
}
ResultsFile::~ResultsFile() = default;

void ResultsFile::add(int64_t video_id, const Result& result, const ClassesSection& classes) {
  Implementation& to = *implementation_;
  for (const ResultRow& row : result.rows) {
    if (!std::isfinite(row.score)) {
      throw Error(cat("the score of track ", row.track + 1, " is ", row.score),
                  cat("video ", video_id),
                  "its weights or its input hold values that are no numbers");
    }
    to.json.StartObject();
    to.key("video_id");
    to.json.Int64(video_id);
    to.key("category_id");
    to.json.Int64(classes.id(row.category));
    to.key("score");
    to.json.Double(row.score);
    to.key("segmentations");
    to.json.StartArray();
    for (int64_t frame = 0; frame < result.frames; ++frame) {
      const std::optional<MaskRle> mask = result.mask(row.track, frame);
      if (mask && !mask->empty()) {
        to.segmentation(*mask);
      } else {
        to.json.Null();
      }
    }
    to.json.EndArray();
    to.key("track_id");
    to.json.Int64(row.track + 1);
    if (!to.note.empty()) {
      to.key("note");
      to.text(to.note);
    }
    to.json.EndObject();
  }
}

void ResultsFile::commit() {
  implementation_->json.EndArray();
  implementation_->file.write("\n");
  implementation_->file.commit();
}

}  // namespace clipwork
