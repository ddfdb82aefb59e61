#pragma once
// COCO's forms of annotation files, as that of YouTube-VIS.

#include <clipwork/data/annotation_file.h>

#include <vector>

namespace clipwork {

/// Makes each picture a video of one frame, and its objects tracks of one frame.
void pictures_to_videos(AnnotationFile& file);

/// Makes videos of the images with one video id, and a track of the annotations with one track id.
/// Images and annotations without a place are left out, as `faults` reports.
void frames_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults);

}  // namespace clipwork
