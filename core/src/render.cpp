#include <clipwork/masks.h>

namespace clipwork {

Rendered render_fast(const Tensor& values, const Geometry& geometry, MaskForm form,
                     Quality quality) {
  return render_plain(values, geometry, form, quality);
}

}  // namespace clipwork
