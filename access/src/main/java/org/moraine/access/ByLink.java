package org.moraine.access;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a resource's method that asks for no key, since its address is the secret: a link that was handed to one caller,
 * for one thing, for a short time. The method checks the link; there is no {@link CurrentCaller} in it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ByLink {}
