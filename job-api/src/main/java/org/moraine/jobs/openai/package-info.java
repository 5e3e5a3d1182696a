/**
 * OpenAI's wire: the records of its JSON that more than one room answers with, its error envelope, and the headers its
 * clients read. A {@link org.moraine.contracts.Refused} of any room becomes an answer here.
 */
@NullMarked
package org.moraine.jobs.openai;

import org.jspecify.annotations.NullMarked;
