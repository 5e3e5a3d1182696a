/**
 * How a trained adapter becomes a version: its files are written with the engine, uploaded by digest where the registry
 * lacks them, and named by one manifest, sent last. The registry makes one version per job, however often it is asked.
 */
@NullMarked
package org.moraine.worker.publish;

import org.jspecify.annotations.NullMarked;
