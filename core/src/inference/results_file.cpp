#include <clipwork/error.h>
#include <clipwork/host/results_file.h>
#include <clipwork/output_file.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace clipwork {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Json& json, const char* key, const std::string& text) {
  json.Key(key);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_mask(Json& json, const MaskRle& mask) {
  json.StartObject();
  json.Key("size");
  json.StartArray();
  json.Int64(mask.size.height);
  json.Int64(mask.size.width);
  json.EndArray();
  write_text(json, "counts", mask.compressed());
  json.EndObject();
}

void write_masks(Json& json, const Result& result, int64_t track) {
  json.Key("segmentations");
  json.StartArray();
  for (int64_t frame = 0; frame < result.frames; ++frame) {
    const std::optional<MaskRle> mask = result.mask(track, frame);
    if (mask && !mask->empty()) {
      write_mask(json, *mask);
    } else {
      json.Null();
    }
  }
  json.EndArray();
}

/// A row without a pixel stays: the official code counts it, as a false positive.
void write_picture(Json& json, const MaskRle& mask) {
  const Box box = mask.box();
  json.Key("bbox");
  json.StartArray();
  for (const int64_t value : {box.x, box.y, box.width, box.height}) json.Int64(value);
  json.EndArray();
  json.Key("segmentation");
  write_mask(json, mask);
}

}  // namespace

std::string result_line(int64_t video_id, const Result& result, const ResultRow& row,
                        const ClassesSection& classes, const std::string& note, ResultForm form) {
  if (!std::isfinite(row.score)) {
    throw Error(cat("the score of track ", row.track + 1, " is ", row.score),
                cat("video ", video_id), "the weights or the input contain NaN or infinite values");
  }
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  const bool video = form == ResultForm::video;
  json.StartObject();
  json.Key(video ? "video_id" : "image_id");
  json.Int64(video_id);
  json.Key("category_id");
  json.Int64(classes.id(row.category));
  json.Key("score");
  json.Double(row.score);
  if (video) {
    write_masks(json, result, row.track);
  } else {
    write_picture(json, result.mask(row.track, 0).value_or(MaskRle::blank(result.size)));
  }
  json.Key("track_id");
  json.Int64(row.track + 1);
  if (!note.empty()) write_text(json, "note", note);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

struct ResultsFile::Implementation {
  OutputFile file;
  std::string note;
  bool any = false;
};

ResultsFile::ResultsFile(const std::filesystem::path& file, std::string note)
    : implementation_(new Implementation{OutputFile(file), std::move(note)}) {
  implementation_->file.write("[");
}
ResultsFile::~ResultsFile() = default;

void ResultsFile::add(int64_t video_id, const Result& result, const ClassesSection& classes) {
  for (const ResultRow& row : result.rows) {
    add_line(result_line(video_id, result, row, classes, implementation_->note));
  }
}

void ResultsFile::add_line(std::string_view line) {
  implementation_->file.write(implementation_->any ? ",\n" : "\n");
  implementation_->file.write(line);
  implementation_->any = true;
}

void ResultsFile::commit() {
  implementation_->file.write(implementation_->any ? "\n]\n" : "]\n");
  implementation_->file.commit();
}

}  // namespace clipwork
