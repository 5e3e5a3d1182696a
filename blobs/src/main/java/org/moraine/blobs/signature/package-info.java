/**
 * Proof of what a model was when it was signed: the digests of its files under a key on P-256, in the format of OpenSSF
 * Model Signing, which PyPI's {@code model_signing} writes and reads too. The registry signs, whoever pulls verifies.
 */
@NullMarked
package org.moraine.blobs.signature;

import org.jspecify.annotations.NullMarked;
