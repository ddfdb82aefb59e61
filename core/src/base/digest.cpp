#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/text.h>
#include <openssl/evp.h>

#include <array>

namespace clipwork {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr)) {
    throw Error("SHA-256 is not available from OpenSSL");
  }
  return hex_digits({digest.data(), size});
}

}  // namespace clipwork
