#pragma once
// The formats that `clipwork dataset convert` knows.

#include <clipwork/host/label_files.h>

#include <string>
#include <vector>

namespace clipwork::runs {

/// Data to convert.
struct DataSource {
  LabelSource labels;  ///< its path, and the options of label files
  std::string data;    ///< of results: their data set
  double min_score = 0;
};

struct DataFormat {
  const char* name;
  const char* files;  ///< in a few words
  /// Null where the format is only written. Throws InputError where it cannot be read.
  LabelledData (*read)(const DataSource& source);
  /// Writes a file or a folder, and returns what the format cannot store. Null where the format is
  /// only read.
  std::vector<std::string> (*write)(const LabelOutput& output, const AnnotationFile& file);
  bool one_file = false;  ///< is written as a .json file
};
const std::vector<DataFormat>& data_formats();

/// The format of a path, by what is there.
const DataFormat& format_of(const std::string& path);

/// A row for each format: its name, whether it is read and written, and its files.
std::string format_table();

}  // namespace clipwork::runs
