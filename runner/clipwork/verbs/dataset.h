#pragma once
// The verbs of `clipwork dataset`.

#include <string>
#include <vector>

namespace clipwork::cli {

int dataset_info(const std::vector<std::string>& arguments);
int dataset_check(const std::vector<std::string>& arguments);
int dataset_split(const std::vector<std::string>& arguments);
int dataset_browse(const std::vector<std::string>& arguments);
int dataset_convert(const std::vector<std::string>& arguments);
int dataset_make(const std::vector<std::string>& arguments);
int dataset_make_synthetic(const std::vector<std::string>& arguments);

}  // namespace clipwork::cli
