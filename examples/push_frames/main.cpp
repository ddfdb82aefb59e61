// Clipwork from C++: frames in, tracks out. Usage: push_frames CONFIG WEIGHTS VIDEO
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/make_component.h>
#include <clipwork/source.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) throw clipwork::InputError("usage: push_frames CONFIG WEIGHTS VIDEO");
  const clipwork::Pipeline pipeline(clipwork::load_config(argv[1]),
                                    clipwork::weight_origin(argv[2]));
  clipwork::Stream stream = pipeline.open();

  // Frames may come from any source; here it is a video file.
  clipwork::Value parameters = clipwork::Value::table();
  parameters.set("file", argv[3]);
  const auto video = clipwork::make_component<clipwork::Source>("video", parameters);
  while (const auto frame = video->next()) {
    for (const clipwork::SettledFrame& settled : stream.push(*frame)) {
      std::cout << "frame " << settled.index << ": " << settled.masks.size() << " objects\n";
    }
  }

  const clipwork::Result result = stream.finish().result;
  for (const clipwork::ResultRow& row : result.rows) {
    std::cout << "track " << row.track << ": " << pipeline.classes().names[row.category]
              << ", score " << row.score << "\n";
  }
} catch (const clipwork::Error& error) {
  std::cerr << error.what() << "\n";
  return static_cast<int>(error.code());
}
