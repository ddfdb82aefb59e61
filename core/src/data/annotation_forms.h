#pragma once
// COCO's forms of annotation files, as that of YouTube-VIS.

#include <clipwork/data/annotation_file.h>

#include <vector>

namespace clipwork {

/// How a file describes its videos. Images without video ids are frames where a track id occurs in
/// several images of one folder whose names differ only in their number.
AnnotationForm form_of(const AnnotationFile& file);

/// Makes each picture a video of one frame, and its objects tracks of one frame. `faults` reports
/// track ids that occur in several pictures, which this loses.
void pictures_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults);

/// Makes videos of the images with one video id, and a track of the annotations with one track id.
/// Where no image has a video id, those of one folder whose names differ only in their number make
/// a video. `faults` reports what is left out, and frames whose order or size is in doubt.
void frames_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults);

/// Reports annotations of a file of YouTube-VIS form that have the track id of another one of their
/// video.
void find_repeated_tracks(const AnnotationFile& file, std::vector<DatasetFault>& faults);

}  // namespace clipwork
