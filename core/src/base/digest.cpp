#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <openssl/evp.h>

#include <array>
#include <iomanip>

namespace clipwork {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr)) {
    throw Error("SHA-256 is not available from OpenSSL");
  }
  std::ostringstream text;
  text << std::hex << std::setfill('0');
  for (unsigned i = 0; i < size; ++i) text << std::setw(2) << unsigned{digest[i]};
  return text.str();
}

}  // namespace clipwork
