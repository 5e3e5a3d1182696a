/**
 * What a team tells its jobs: cancel, pause, resume. {@link org.moraine.jobs.command.JobCommands} carries it out at once where
 * no worker has the job; else the worker is told, on the topic {@code moraine.job-commands} and with the next renewal of
 * its lease.
 */
@NullMarked
package org.moraine.jobs.command;

import org.jspecify.annotations.NullMarked;
