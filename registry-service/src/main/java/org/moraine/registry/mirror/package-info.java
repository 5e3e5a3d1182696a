/**
 * Base models of another Hub, so that one endpoint is enough: asked for by their own names, kept here like every version,
 * under the commit that they have there. A commit's description and small files come when it is first asked for, a large
 * file when it is first pulled, and everything once.
 */
@NullMarked
package org.moraine.registry.mirror;

import org.jspecify.annotations.NullMarked;
