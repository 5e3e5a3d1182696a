/**
 * What the repository holds to run Moraine for real, checked without running it: docker-compose.yml, the Dockerfiles and
 * the Kubernetes manifests are held against their schemas, against each other, and against the settings that the services
 * read.
 */
@NullMarked
package org.moraine.deployment;

import org.jspecify.annotations.NullMarked;
