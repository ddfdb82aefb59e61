#pragma once
// Masks of a window, lazy: nobody computes masks of queries that are not used.

#include <clipwork/api.h>
#include <clipwork/frame.h>
#include <clipwork/mask_rle.h>
#include <clipwork/tensors.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace clipwork {

/// Entries asked of `Masks`: (batch, row) each, int64 [M] on the CPU.
struct Pairs {
  Tensor batch, row;
  int64_t count() const;
  /// All rows of all batch entries, batch-major.
  static Pairs all(int64_t batch, int64_t rows);
  /// The given rows of batch entry 0.
  static Pairs of(const std::vector<int64_t>& rows);
};

/// The rule by which mask values become pictures.
struct MaskForm {
  enum class Values { logits, probabilities } values = Values::logits;
  /// To the padded size, bilinear with corners not aligned (`padded_first`, Mask2Former's family)
  /// or by `aligned_upsample` (`aligned`, CondInst); then crop, and bilinear to output.
  enum class Growth { padded_first, aligned } growth = Growth::padded_first;
};

/// A pixel is on where its value is greater than this: 0 for logits, 0.5 for probabilities.
double threshold(MaskForm form);

/// The size of a bool mask.
enum class At { padded, output };

/// The pixels over which mask quality is summed: none, over the cropped network size (VITA), over
/// the output size (image model).
enum class Quality { none, padded, output };

/// One frame's masks at output size.
struct Rendered {
  std::vector<MaskRle> masks;  ///< [M]
  /// double [M, 2]: sum of sigmoid over pixels that are on, number of pixels that are on. Undefined
  /// for Quality::none.
  Tensor quality;
};

/// Masks of one window's rows. They keep the memos alive that they need.
class CLIPWORK_API Masks {
 public:
  virtual ~Masks();
  virtual MaskForm form() const = 0;
  /// The size of `values`.
  virtual Size size() const = 0;
  /// Float [M, h, w], with gradient where one is recorded.
  virtual Tensor values(int frame, const Pairs& pairs) const = 0;
  /// [M, P]: values at points (x, y) in [0, 1]^2, bilinear with zeros outside; points [P, 2] or [M,
  /// P, 2]. With gradient.
  virtual Tensor sample(int frame, const Pairs& pairs, const Tensor& points) const;
  /// Bool [M, H, W].
  virtual Tensor bits(int frame, const Pairs& pairs, At at) const;
  /// Run lengths at output size and quality sums, in one pass.
  virtual Rendered render(int frame, const Pairs& pairs, Quality quality) const;
  /// The same features under other mask embeddings [B, R, C]; null where that has no meaning.
  virtual std::shared_ptr<const Masks> with(const Tensor& embeddings) const;
  /// The geometry of a frame of the window.
  virtual const Geometry& geometry(int frame) const = 0;
};

/// Masks that are there already: values [B, R, T, h, w], one geometry a frame.
std::shared_ptr<const Masks> dense_masks(Tensor values, std::vector<Geometry> geometry,
                                         MaskForm form = {});
/// Mask logits as a product, embeddings [B, R, C] with the frames' features [B, C, h, w] each; only
/// asked pairs are computed, and a frame's features are brought from where they lie only when it is
/// asked for. Features of a smaller batch F serve B = copies x F, copy-major.
std::shared_ptr<const Masks> product_masks(Tensor embeddings, std::vector<TensorHandle> features,
                                           std::vector<Geometry> geometry);
/// One of the windows that share a frame. `rows[r]` is where row r of the mean stands in it, or -1
/// where it lacks the row.
struct MeanPart {
  std::shared_ptr<const Masks> masks;
  int frame = 0;
  std::vector<int64_t> rows;
};
/// Per row and pixel the mean of the parts that have the row, and 0 where none has it: one frame of
/// batch 1. Parts have the same size, form, geometry and number of rows.
std::shared_ptr<const Masks> mean_masks(std::vector<MeanPart> parts);
/// The same masks as probabilities: sigmoid of logits.
std::shared_ptr<const Masks> as_probabilities(std::shared_ptr<const Masks> masks);

/// Grows float values [M, h, w] to output size as `form` says. The readable reference of what
/// `render` does in one pass.
Rendered render_plain(const Tensor& values, const Geometry& geometry, MaskForm form,
                      Quality quality);
/// The same result by the fused kernel; equal but for pixels whose value is within rounding of the
/// threshold.
Rendered render_fast(const Tensor& values, const Geometry& geometry, MaskForm form,
                     Quality quality);

}  // namespace clipwork
