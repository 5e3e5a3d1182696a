/**
 * A file comes in, is kept and goes out again. {@link org.moraine.jobs.files.MultipartBody} reads the body as it comes
 * and puts the bytes into object storage while they are hashed; {@link org.moraine.jobs.files.StoredFiles} is
 * the table that knows which team's file is which blob; {@link org.moraine.jobs.files.FileSweeper} removes what was
 * deleted or expired once no job needs it.
 */
@NullMarked
package org.moraine.jobs.files;

import org.jspecify.annotations.NullMarked;
