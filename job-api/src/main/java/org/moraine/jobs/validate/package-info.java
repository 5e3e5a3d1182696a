/**
 * An accepted job's file is looked through, every line of it, behind the caller's back, with the base model's tokenizer:
 * the job is queued, or it fails with the first bad lines. The whole report is kept with the job. A job that was being looked at when the service stopped is taken up again.
 */
@NullMarked
package org.moraine.jobs.validate;

import org.jspecify.annotations.NullMarked;
