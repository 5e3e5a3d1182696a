/**
 * The Hugging Face Hub's protocol: what {@code hf}, {@code huggingface_hub}, PEFT, transformers, vLLM and the JavaScript
 * client ask for and send. Versions are tags ({@code v3}, {@code 3}), aliases are branches, the newest version
 * is {@code main}. {@link org.moraine.registry.hub.ResolveResource} hands out the files; read it first. The words here
 * are the Hub's.
 */
@NullMarked
package org.moraine.registry.hub;

import org.jspecify.annotations.NullMarked;
