/** What a model says: continuing a prompt, answering in its chat template, and scoring given text. */
@NullMarked
package org.moraine.engine.generation;

import org.jspecify.annotations.NullMarked;
