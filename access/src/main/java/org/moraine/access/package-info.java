/**
 * Who asks. Every request of both HTTP services carries a key; {@link org.moraine.access.Authentication} looks its
 * digest up and says for the rest of the request which {@link org.moraine.access.Caller} that is: somebody of a team,
 * an admin or a worker. Teams and keys lie in the schema {@code access}, the keys as digests only.
 */
@NullMarked
package org.moraine.access;

import org.jspecify.annotations.NullMarked;
