/**
 * Proof of what a version was when it was made: its manifest, signed with the registry's key in the format of OpenSSF
 * Model Signing, so that {@code model_signing verify key} on a pulled folder tells whether anything of it was changed
 * since, be it on the way, in the object store or in the database.
 */
@NullMarked
package org.moraine.registry.signature;

import org.jspecify.annotations.NullMarked;
