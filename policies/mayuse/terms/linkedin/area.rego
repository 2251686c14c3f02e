# METADATA
# title: The terms of LinkedIn
# description: Its rules are asked only where LinkedIn is the controller.
package mayuse.areas.linkedin

in_place if input.controller == "linkedin"
