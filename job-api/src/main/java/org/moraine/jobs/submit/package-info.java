/**
 * A job is asked for. {@link org.moraine.jobs.submit.Submission} reads the create request, every field of it checked;
 * {@link org.moraine.jobs.submit.Submissions} holds it against what is there (base model, file, layers) and makes the
 * job, once however often the request comes. What is refused here leaves nothing behind.
 */
@NullMarked
package org.moraine.jobs.submit;

import org.jspecify.annotations.NullMarked;
