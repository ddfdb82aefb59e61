#pragma once
// MOTS and KITTI MOTS: a text file a sequence, or a folder of 16-bit PNG pictures a sequence.
// An object's number is class * 1000 + instance; 10000 marks what is to be ignored.

#include <clipwork/data/annotation_file.h>

#include <filesystem>
#include <string>
#include <vector>

namespace clipwork::runs {

/// Lines of "frame number class height width code", in SEQUENCE.txt or SEQUENCE/gt/gt.txt files.
/// `path` is one of them or a folder of them. Regions to ignore are left out. File names are those
/// of the pictures in `images`/SEQUENCE or `images`/SEQUENCE/img1, whose numbers are the frames';
/// where `images` is empty they are "SEQUENCE/000000.jpg", counted from 1 where no sequence has a
/// frame 0. `faults` reports lines that cannot be read, objects with several masks in a frame,
/// frames without a picture, and names that are made up.
AnnotationFile read_mots_text(const std::filesystem::path& path, const std::string& images,
                              std::vector<DatasetFault>& faults);
/// The same of folders SEQUENCE of pictures FRAME.png in `path`.
AnnotationFile read_mots_pictures(const std::filesystem::path& path, const std::string& images,
                                  std::vector<DatasetFault>& faults);

/// Information that the target format cannot store, one sentence each.
using Remarks = std::vector<std::string>;
/// Writes `folder`/SEQUENCE.txt. Frames are counted from 0, as in KITTI MOTS.
Remarks write_mots_text(const std::filesystem::path& folder, const AnnotationFile& file);
/// Writes `folder`/SEQUENCE/000000.png.
Remarks write_mots_pictures(const std::filesystem::path& folder, const AnnotationFile& file);
/// Writes `folder`/Annotations/480p/SEQUENCE/00000.png and ImageSets/2017/all.txt. Objects of a
/// sequence are numbered from 1.
Remarks write_davis(const std::filesystem::path& folder, const AnnotationFile& file);

}  // namespace clipwork::runs
