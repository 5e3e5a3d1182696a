/**
 * Object storage, written once and read by digest. {@link org.moraine.blobs.BlobStore} is the whole of it: it names
 * bytes by their SHA-256, hashes them while they stream in, shows nothing of a stream that broke or was not what it
 * said, and hands them out whole or in part. It needs of the store only what both MinIO and S3Proxy have.
 */
@NullMarked
package org.moraine.blobs;

import org.jspecify.annotations.NullMarked;
