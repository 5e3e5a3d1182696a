/**
 * Versions: what a job published, numbered from 1 in each adapter, never changed afterwards. A version is its row, with
 * the settings that made it, and its files by path. The commit id is the manifest's digest, so the same content has the
 * same commit id in whatever version it stands.
 */
@NullMarked
package org.moraine.registry.version;

import org.jspecify.annotations.NullMarked;
