#include "data/results_data.h"

#include <clipwork/error.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/read_file.h>
#include <clipwork/text.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "data/dataset_open.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

/// What stats.json says of a run.
struct RunStats {
  std::string input;
  std::map<int64_t, std::string> classes;  ///< names by id
  std::map<int64_t, std::string> videos;   ///< names by id; empty for a run over one input
};

std::map<int64_t, std::string> names_of(const rapidjson::Value& json, const char* list,
                                        const char* id, const char* name) {
  std::map<int64_t, std::string> names;
  const auto member = json.FindMember(list);
  if (member == json.MemberEnd() || !member->value.IsArray()) return names;
  for (const auto& entry : member->value.GetArray()) {
    if (!entry.IsObject() || !entry.HasMember(id) || !entry.HasMember(name)) continue;
    if (entry[id].IsInt64() && entry[name].IsString()) {
      names[entry[id].GetInt64()] = entry[name].GetString();
    }
  }
  return names;
}

/// Empty where the folder has no stats.json that can be read.
RunStats read_stats(const fs::path& folder) {
  const fs::path file = folder / "stats.json";
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return {};
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(read_file(file).c_str());
  if (json.HasParseError() || !json.IsObject()) return {};
  RunStats stats;
  const auto input = json.FindMember("input");
  if (input != json.MemberEnd() && input->value.IsString()) stats.input = input->value.GetString();
  stats.classes = names_of(json, "classes", "id", "name");
  stats.videos = names_of(json, "videos", "video_id", "name");
  return stats;
}

class Reader {
 public:
  explicit Reader(const ResultSource& source) : source_(source) {
    const bool folder = fs::is_directory(source.path);
    file_ = folder ? source.path / "results.json" : source.path;
    stats_ = read_stats(file_.parent_path());
  }

  LabelledData read() {
    const Results results = read_results(file_);
    select(results);
    if (best_.empty()) {
      throw InputError(cat("has no result with a score of ", source_.min_score, " or more"),
                       file_.string(), "lower --min-score");
    }
    if (source_.data.empty()) {
      take_names(results);
    } else {
      take_data_set();
    }
    for (const ResultTrack* row : best_) add(*row);
    number_tracks();
    if (left_out_ > 0) {
      data_.remarks.push_back(cat(counted(left_out_, "row"),
                                  " left out: a lower score than --min-score, or another class of "
                                  "a track"));
    }
    data_.file.annotated = true;
    mend(data_.file, data_.faults);
    return std::move(data_);
  }

 private:
  const ResultSource& source_;
  fs::path file_;
  RunStats stats_;
  LabelledData data_;
  std::vector<const ResultTrack*> best_;  ///< rows that are taken, in file order
  int64_t left_out_ = 0;
  bool stills_ = false;  ///< every video is a picture

  /// One row of each track.
  void select(const Results& results) {
    std::map<std::pair<int64_t, int64_t>, const ResultTrack*> of_tracks;
    std::set<const ResultTrack*> taken;
    for (const ResultTrack& row : results.tracks) {
      if (!(row.score >= source_.min_score)) continue;
      if (!row.track) {
        taken.insert(&row);
        continue;
      }
      const ResultTrack*& best = of_tracks[{row.video, *row.track}];
      if (!best || row.score > best->score) best = &row;
    }
    for (const auto& [track, row] : of_tracks) taken.insert(row);
    for (const ResultTrack& row : results.tracks) {
      if (taken.contains(&row)) best_.push_back(&row);
    }
    left_out_ = static_cast<int64_t>(results.tracks.size() - best_.size());
  }

  void take_data_set() {
    OpenDataset open = open_dataset(source_.data, source_.images);
    AnnotationFile all = open.file ? std::move(*open.file) : to_annotations(*open.dataset);
    data_.file.videos = std::move(all.videos);
    data_.file.categories = std::move(all.categories);
    data_.images = open.images;
    for (const ResultTrack* row : best_) {
      const auto video = std::find_if(data_.file.videos.begin(), data_.file.videos.end(),
                                      [&](const auto& one) { return one.id == row->video; });
      if (video != data_.file.videos.end()) continue;
      throw InputError(cat("has results of the video ", row->video,
                           ", which is not in the data set ", source_.data),
                       file_.string());
    }
  }

  static Size size_of(const ResultTrack& row) {
    MaskRle mask;
    for (int64_t t = 0; t < row.masks.frames(); ++t) {
      if (row.masks.read(t, &mask)) return mask.size;
    }
    return {};
  }

  /// Videos of the results, with sizes and lengths of their masks.
  void take_names(const Results& results) {
    std::map<int64_t, AnnotationFile::Video> videos;
    std::set<int64_t> categories;
    for (const ResultTrack& row : results.tracks) {
      AnnotationFile::Video& video = videos[row.video];
      video.id = row.video;
      video.length = std::max(video.length.value_or(0), row.masks.frames());
      if (video.size == Size{}) video.size = size_of(row);
      categories.insert(row.category);
    }
    for (const auto& [id, name] : stats_.classes) categories.insert(id);
    for (const int64_t id : categories) {
      const auto name = stats_.classes.find(id);
      data_.file.categories.push_back(
          {id, name == stats_.classes.end() ? cat("class ", id) : name->second});
    }
    if (stats_.classes.empty()) {
      data_.remarks.push_back(
          "classes are called by their ids: there is no stats.json beside the results; --data "
          "names the data set that has their names");
    }
    // An image model takes each picture of a folder for a video, with its place as id.
    stills_ = std::all_of(videos.begin(), videos.end(),
                          [](const auto& entry) { return entry.second.length == 1; });
    for (auto& [id, video] : videos) {
      const auto name = stats_.videos.find(id);
      if (name != stats_.videos.end()) {
        video.name = name->second;
      } else if (videos.size() == 1) {
        video.name = fs::path(stats_.input).stem().string();
      }
      const fs::path path = video.name;
      if (path.empty() || path.is_absolute() || std::count(path.begin(), path.end(), "..") > 0) {
        video.name = cat("video ", id);
      }
      name_pictures(video);
      data_.file.videos.push_back(std::move(video));
    }
  }

  /// Those of `images`/VIDEO, or of `images`, if they are as many as the frames.
  void name_pictures(AnnotationFile::Video& video) {
    if (!source_.images.empty()) {
      data_.images = source_.images;
      if (stills_) {
        const std::vector<fs::path> pictures = pictures_in(source_.images);
        if (*video.id >= 1 && *video.id <= static_cast<int64_t>(pictures.size())) {
          const fs::path& picture = pictures[static_cast<size_t>(*video.id) - 1];
          video.name = picture.stem().string();
          video.files.push_back(picture.filename().string());
          return;
        }
      }
      for (const std::string& folder : {video.name, std::string()}) {
        const std::vector<fs::path> pictures = pictures_in(fs::path(source_.images) / folder);
        if (static_cast<int64_t>(pictures.size()) != *video.length) continue;
        for (const fs::path& picture : pictures) {
          video.files.push_back((fs::path(folder) / picture.filename()).generic_string());
        }
        return;
      }
      throw InputError(
          cat("does not have the ", counted(*video.length, "picture"), " of '", video.name, "'"),
          source_.images);
    }
    for (int64_t t = 0; t < *video.length; ++t) {
      video.files.push_back(cat(video.name, "/", padded(t, 6), ".jpg"));
    }
    if (data_.file.videos.empty()) {
      data_.remarks.push_back(
          cat("the results do not name pictures: they are called ", video.files[0],
              ", ...; `ffmpeg -i VIDEO -start_number 0 %06d.jpg` makes them from a video, or give "
              "their folder: --images"));
    }
  }

  void add(const ResultTrack& row) {
    Annotation& one = data_.file.annotations.emplace_back();
    one.track = row.track;
    one.video = row.video;
    one.category = row.category;
    one.crowd = false;
    one.areas.emplace();
    MaskRle mask;
    for (int64_t t = 0; t < row.masks.frames(); ++t) {
      const bool visible = row.masks.read(t, &mask) && !mask.empty();
      one.masks.push_back(visible ? std::optional(mask) : std::nullopt);
      one.areas->push_back(visible ? std::optional(static_cast<double>(mask.area()))
                                   : std::nullopt);
    }
  }

  /// Tracks keep their ids where these tell all of them apart.
  void number_tracks() {
    std::set<int64_t> ids;
    const bool unique = std::all_of(
        data_.file.annotations.begin(), data_.file.annotations.end(), [&](const Annotation& one) {
          return one.track && *one.track > 0 && ids.insert(*one.track).second;
        });
    int64_t next = 0;
    for (Annotation& one : data_.file.annotations) one.id = unique ? *one.track : ++next;
  }
};

}  // namespace

bool holds_results(const fs::path& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return fs::is_regular_file(path / "results.json", failed);
  if (path.extension() == ".zip") return true;
  if (path.extension() != ".json" || !fs::is_regular_file(path, failed)) return false;
  std::string begin(4096, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(stream.gcount()));
  const size_t first = begin.find_first_not_of(" \t\r\n");
  return first != begin.npos && begin[first] == '[' && begin.find("\"category_id\"") != begin.npos;
}

LabelledData read_result_data(const ResultSource& source) { return Reader(source).read(); }

}  // namespace clipwork::runs
